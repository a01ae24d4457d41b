//! The end of a migration, of which the text says nothing: the user leaves the partner system, returns home or goes elsewhere, his
//! mark expires or is revoked. Whichever system ends it tells the other, until that has heard it. TS 23.280 10.6.3

use std::collections::HashSet;

use audit::Entry;
use kit::{Accepted, Cause, Cx, Done, Fault, Inbound, Partner};
use store::Version;
use xml_schemas::{
    ids::McServiceId,
    migration::{MigrationEnded, Refusal},
};

use super::{
    Mark, Visit,
    book::{Changes, Written, write},
    close::without,
    letter::Letter,
    post, refusal, told, whereabouts,
};
use crate::{Mcs, authorization::Draft, procedures::settle};

/// The other system says that it is over. Of what is not known, or has begun anew since, there is nothing to end.
///
/// # Errors
/// [`Cause::UnknownPartner`]; [`kit::Fault`] where the store cannot keep it.
pub(super) async fn receive(cx: Cx<Mcs>, req: Inbound<MigrationEnded>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    let Some(migrations) = cx.migrations() else { return Err(Cause::NotPermitted.into()) };
    let MigrationEnded { request_id, service, partner: id, primary, reason } = req.flow;
    for user in [&id, &primary] {
        migrations.read_user_again(user).await?;
    }
    let is_it = |mark: &Mark| {
        let is_named = mark.request_id.as_ref().is_none_or(|known| *known == request_id);
        is_named && mark.is_of(&partner.name, &id)
    };
    match migrations.mark(service, &primary) {
        Some(mark) if is_it(&mark) => unmark(&cx, &mark, None).await?,
        Some(mark) if mark.former.as_deref().is_some_and(is_it) => left_former(&cx, &mark, &partner).await?,
        _ => {}
    }
    let visit = migrations.visit(service, &id).filter(|visit| {
        let is_it = visit.request_ids().any(|known| *known == request_id);
        is_it && *visit.system == *partner.name && visit.primary == primary
    });
    if let Some(visit) = visit {
        send_away(&cx, &visit, reason).await?;
    }
    Ok(Accepted::done())
}

/// With what goes from a binding, those visitors leave of whom it was the last client, where that is the rule: the same commit ends
/// their visits, and has the primary system told. Who has left.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(crate) async fn leaving(
    cx: &Cx<Mcs>,
    mut changes: Changes,
    draft: &Draft,
) -> Result<(Changes, Vec<Visit>), Fault> {
    let mut left: Vec<Visit> = Vec::new();
    let Some(migrations) = cx.migrations().filter(|migrations| migrations.config().log_off_ends) else {
        return Ok((changes, left));
    };
    for client in draft.gone() {
        let Some(bound) = &client.visit else { continue };
        let (service, visitor) = (bound.service, &client.user);
        let is_known = left.iter().any(|visit| (visit.service, &visit.partner) == (service, visitor));
        if is_known || draft.after.holds(service, visitor) {
            continue;
        }
        cx.know(visitor).await?;
        let seen = migrations.seen_visit(&(service, visitor.clone()));
        let seen = seen.filter(|(visit, _)| visit.is_admitted() && visit.primary == bound.primary);
        let Some((visit, version)) = seen else { continue };
        let others = cx.authorizations().identities_with(service, visitor);
        if let Some(other) = others.into_iter().find(|impu| *impu != draft.impu) {
            // Only as long as that is so.
            let still = cx.authorizations().sketch(&other, |_| ()).await?;
            if still.before.holds(service, visitor) {
                changes = changes.bind(still);
                continue;
            }
        }
        changes = changes.drop_visit(&visit, version);
        for letter in Letter::visit_ended(&visit, &refusal(Cause::LeftPartner), post::long(cx)) {
            changes = changes.letter(&cx.world().ids.uuid(), letter);
        }
        left.push(visit);
    }
    Ok((changes, left))
}

/// These have left, as it is kept by now.
pub(crate) fn have_left(cx: &Cx<Mcs>, left: &[Visit]) {
    let Some(migrations) = cx.migrations() else { return };
    for visit in left {
        migrations.happened("ended");
        tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, "has left");
        migrations.has_answer(&(visit.service, visit.partner.clone()));
    }
}

/// A visitor is here of whom no client is bound: its record has outlived the time for which an end is remembered.
///
/// # Errors
/// [`Fault`] where the store cannot keep it.
pub(super) async fn leave(cx: &Cx<Mcs>, visit: &Visit) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    let who = (visit.service, visit.partner.clone());
    loop {
        let seen = migrations.seen_visit(&who).filter(|(seen, _)| seen == visit);
        let Some((visit, version)) = seen else { return Ok(()) };
        let mut changes = Changes::new().drop_visit(&visit, version);
        for letter in Letter::visit_ended(&visit, &refusal(Cause::LeftPartner), post::long(cx)) {
            changes = changes.letter(&cx.world().ids.uuid(), letter);
        }
        if let Written::Done(made) = write(cx, changes).await? {
            have_left(cx, &[visit]);
            settle::made(cx, made);
            return Ok(());
        }
    }
}

/// The user is served at home again; the system where he was is told.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it.
pub(crate) async fn came_back(cx: &Cx<Mcs>, user: &McServiceId) -> Done<()> {
    end_all(cx, user, Cause::ReturnedHome, None).await
}

/// The operator takes back the yes; `entry` says who, and is kept with it.
///
/// # Errors
/// [`Cause::NotMigrated`] where the user has not migrated; [`kit::Fault`] where the store cannot keep it.
pub(crate) async fn revoke(cx: &Cx<Mcs>, user: &McServiceId, entry: Option<Entry>) -> Done<()> {
    cx.know(user).await?;
    let is_marked = cx.migrations().is_some_and(|migrations| migrations.is_marked(user));
    if is_marked { end_all(cx, user, Cause::Revoked, entry).await } else { Err(Cause::NotMigrated.into()) }
}

async fn end_all(cx: &Cx<Mcs>, user: &McServiceId, reason: Cause, entry: Option<Entry>) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    cx.know(user).await?;
    for mark in migrations.marks_of(user) {
        unmark_as(cx, &mark, Some(reason), entry.as_ref()).await?;
    }
    Ok(())
}

/// Takes a mark away, if it is still this one; with a reason, the system where the user was is told.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it.
pub(super) async fn unmark(cx: &Cx<Mcs>, mark: &Mark, reason: Option<Cause>) -> Done<()> {
    unmark_as(cx, mark, reason, None).await
}

async fn unmark_as(cx: &Cx<Mcs>, mark: &Mark, reason: Option<Cause>, entry: Option<&Entry>) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    let who = (mark.service, mark.primary.clone());
    loop {
        let is_it = |seen: &Mark| seen.system == mark.system && seen.since == mark.since;
        let Some((seen, version)) = migrations.seen_mark(&who).filter(|(seen, _)| is_it(seen)) else {
            return Ok(());
        };
        let (mut changes, over) = gone(cx, (&seen, version), reason)?;
        if reason.is_none() {
            // That system has said so.
            changes = changes.by(&seen.system);
        }
        changes = entry.into_iter().cloned().fold(changes, Changes::logged);
        for (reason, over) in
            reason.into_iter().flat_map(|reason| over.iter().map(move |over| (reason, *over)))
        {
            let letter = Letter::mark_ended(over, cx.fresh_request_id()?, refusal(reason), post::long(cx));
            changes = changes.letter(&cx.world().ids.uuid(), letter);
        }
        if let Written::Done(made) = write(cx, changes).await? {
            migrations.happened("ended");
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %seen.primary, from = %seen.system, ?reason, "is marked as migrated no more");
            settle::made(cx, made);
            return Ok(());
        }
    }
}

/// What changes with the end of a mark, and which marks are over: what one system alone says, and the end of its time, leaves what was
/// agreed on before.
fn gone<'m>(
    cx: &Cx<Mcs>,
    (mark, version): (&'m Mark, Version),
    reason: Option<Cause>,
) -> Result<(Changes, Vec<&'m Mark>), Fault> {
    let is_all = reason.is_some_and(|reason| reason != Cause::MigrationExpired);
    match mark.former.as_deref().filter(|_| is_all) {
        Some(former) => {
            let who = HashSet::from([(mark.service, mark.primary.clone())]);
            let changes = whereabouts::tell(cx, Changes::new().drop_mark(mark, version), &who)?;
            Ok((changes, vec![mark, former]))
        }
        None => Ok((told::gives_way(cx, Changes::new(), (mark, version))?, vec![mark])),
    }
}

/// He has left the system where he was while another one, for which he is marked, has not accepted that he works there.
async fn left_former(cx: &Cx<Mcs>, mark: &Mark, partner: &Partner) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    let who = (mark.service, mark.primary.clone());
    loop {
        let seen = migrations.seen_mark(&who).filter(|(seen, _)| seen.former == mark.former);
        let Some((seen, version)) = seen else { return Ok(()) };
        let changes = Changes::new().by(&partner.name).put_mark(Mark { former: None, ..seen }, Some(version));
        let changes = whereabouts::tell(cx, changes, &HashSet::from([who.clone()]))?;
        if let Written::Done(made) = write(cx, changes).await? {
            migrations.happened("ended");
            settle::made(cx, made);
            return Ok(());
        }
    }
}

/// A visit is over by the primary system's word: nothing is authorized any more, and the client is told why.
///
/// # Errors
/// [`Fault`] where the store cannot keep it.
pub(super) async fn send_away(cx: &Cx<Mcs>, visit: &Visit, reason: Refusal) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    let who = (visit.service, visit.partner.clone());
    loop {
        let seen = migrations.seen_visit(&who).filter(|(seen, _)| seen.request_id == visit.request_id);
        let Some((visit, version)) = seen else { return Ok(()) };
        let changes = Changes::new().by(&visit.system).drop_visit(&visit, version);
        let changes = without(cx, changes, &visit).await?;
        let changes =
            changes.letter(&cx.world().ids.uuid(), Letter::over(&visit, reason.clone(), post::short(cx)));
        if let Written::Done(made) = write(cx, changes).await? {
            migrations.happened("ended");
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, code = ?reason.code, "is no visitor any more");
            migrations.has_answer(&who);
            settle::made(cx, made);
            return Ok(());
        }
    }
}
