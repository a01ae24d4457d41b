//! In which order what was decided about one user is carried out, whichever process over the same store does it.
//!
//! A decision takes the next place behind all that was decided about the same users, in the commit that keeps it, and gives it up in the
//! commit that ends its request. It is carried out once it stands first of each of its users. Should the process be gone whose decision
//! stands there, whoever finds it carries it out.

use kit::{Cause, Cx, Done, Fault};
use store::Version;
use xml_schemas::acm::Request;

use super::work::begin;
use crate::{
    Acm,
    book::{Changes, keys, millis},
    case::{Case, CaseKey, Seq, Stage},
};

/// Whom a decision changes: whose profile, and who may migrate or no longer.
pub(super) fn subjects(case: &Case) -> Vec<String> {
    let users = match case.request.as_request() {
        Ok(Request::UserProfileUpdate(request)) => vec![request.user],
        Ok(Request::AddMigrationUsers(request)) => request.users,
        Ok(Request::RemoveMigrationUsers(request)) => request.users,
        Ok(Request::GroupInformationProvision(_) | Request::GroupMembershipUpdate(_)) | Err(_) => Vec::new(),
    };
    let mut users: Vec<_> = users.iter().map(|user| user.as_str().to_owned()).collect();
    users.sort();
    users.dedup();
    users
}

/// What was decided with a yes is to be carried out, in its turn.
pub(super) async fn join(cx: &Cx<Acm>, case: &Case, changes: Changes) -> Result<Changes, Fault> {
    if case.stage != Stage::Decided {
        return Ok(changes);
    }
    let users = subjects(case);
    let (place, turns) = cx.book().places(&users, millis(cx.world().clock.wall())).await?;
    let changes = turns.iter().fold(changes.work(&case.key, place), Changes::turn);
    Ok(users.iter().fold(changes, |changes, user| changes.next(user, place, &case.key)))
}

/// It has been carried out, or never will be.
pub(super) async fn leave(cx: &Cx<Acm>, case: &Case, changes: Changes) -> Result<Changes, Fault> {
    let changes = changes.no_work(&case.key);
    let Some(place) = place(cx, &case.key).await? else { return Ok(changes) };
    Ok(subjects(case).iter().fold(changes, |changes, user| changes.forgotten(keys::next_of(user, place))))
}

/// The place of a decision among those about its users; none where it has been carried out.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(crate) async fn place(cx: &Cx<Acm>, key: &CaseKey) -> Result<Option<Seq>, Fault> {
    let record = cx.book().store().get(keys::work(key).as_bytes()).await?;
    Ok(record.and_then(|record| Seq::read(std::str::from_utf8(&record.value).ok()?)))
}

/// Its turn has come.
///
/// # Errors
/// [`Cause::Overloaded`], to come again, where something was decided about one of its users before and has not been carried out.
pub(super) async fn come(cx: &Cx<Acm>, case: &Case) -> Done<()> {
    for user in subjects(case) {
        if let Some(first) = first_of(cx, &user).await?
            && first.key != case.key
        {
            // Whoever has begun it may be gone: it is carried out here too, and first.
            begin(cx, &first);
            cx.works().comes_first(&first.partner, &first.key);
            return Err(Cause::Overloaded.into());
        }
    }
    Ok(())
}

/// What stands first of a user. What has ended and stands there all the same, since its request could not be read, goes.
async fn first_of(cx: &Cx<Acm>, user: &str) -> Result<Option<Case>, Fault> {
    loop {
        let prefix = keys::next(user);
        let Some((tail, value)) = cx.book().page(&prefix, None, 1).await?.pop() else { return Ok(None) };
        let key = std::str::from_utf8(&value).ok().and_then(CaseKey::read);
        let case = match &key {
            Some(key) => undone(cx, key).await?,
            None => None,
        };
        match case {
            Some((case, _)) => return Ok(Some(case)),
            None => cx.book().write(Changes::new().forgotten(format!("{prefix}{tail}"))).await?.done(),
        }
    }
}

/// A request that was decided with a yes and has no end yet, and which writing of it.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(crate) async fn undone(cx: &Cx<Acm>, key: &CaseKey) -> Result<Option<(Case, Version)>, Fault> {
    Ok(cx.book().case(key).await?.filter(|(case, _)| case.stage == Stage::Decided))
}

/// It has no end yet: a process that was held up, and goes on when another has carried it out, changes nothing any more.
///
/// # Errors
/// [`Cause::Overloaded`] where it has ended.
pub(crate) async fn is_still_to_be_done(cx: &Cx<Acm>, key: &CaseKey) -> Done<()> {
    match undone(cx, key).await? {
        Some(_) => Ok(()),
        None => Err(Cause::Overloaded.into()),
    }
}
