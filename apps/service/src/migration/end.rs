//! The end of a migration, of which the text says nothing: the user leaves the partner system, returns home or goes elsewhere, his
//! mark expires or is revoked. Whichever system ends it tells the other, until that has heard it. TS 23.280 10.6.3

use kit::{Accepted, Cause, Cx, Done, Inbound};
use xml_schemas::{
    ids::McServiceId,
    migration::{MigrationEnded, Refusal},
};

use super::{
    Mark, Visit,
    book::{Changes, Written},
    letter::Letter,
    post, refusal, whereabouts,
};
use crate::{Mcs, procedures::visits};

/// The other system says that it is over. Of what is not known, or has begun anew since, there is nothing to end.
///
/// # Errors
/// [`Cause::UnknownPartner`]; [`kit::Fault`] where the store cannot keep it.
pub(super) async fn receive(cx: Cx<Mcs>, req: Inbound<MigrationEnded>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    let Some(migrations) = cx.migrations() else { return Err(Cause::NotPermitted.into()) };
    let MigrationEnded { request_id, service, partner: id, primary, reason } = req.flow;
    for user in [&id, &primary] {
        cx.know(user).await?;
    }
    let mark = migrations.mark(service, &primary).filter(|mark| {
        let is_it = mark.request_id.as_ref().is_none_or(|known| *known == request_id);
        is_it && *mark.system == *partner.name && mark.partner == id
    });
    if let Some(mark) = mark {
        unmark(&cx, &mark, None).await?;
    }
    let visit = migrations.visit(service, &id).filter(|visit| {
        visit.request_id == request_id && *visit.system == *partner.name && visit.primary == primary
    });
    match visit {
        Some(visit) => {
            let letters = send_away(&cx, &visit, reason).await?;
            Ok(Accepted::then(async move { post::send(&cx, letters) }))
        }
        None => Ok(Accepted::done()),
    }
}

/// The visitor has no authorized client here any more: he has left, where that is the rule, and the primary system is told.
pub(crate) async fn left(cx: &Cx<Mcs>, visitor: &McServiceId, primary: &McServiceId) {
    let Some(migrations) = cx.migrations() else { return };
    if let Err(fault) = cx.know(visitor).await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
    }
    for visit in migrations.visits_of(visitor) {
        if visit.primary != *primary || !visit.is_admitted() || !migrations.config().log_off_ends {
            continue;
        }
        if let Err(stop) = leave(cx, &visit).await {
            tracing::error!(target: "mcx::migration", server = %cx.profile().name, %visitor, %stop, "a visitor's leaving is not kept");
        }
    }
}

/// The visitor is here no more, and the primary system is told.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it.
pub(super) async fn leave(cx: &Cx<Mcs>, visit: &Visit) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    let who = (visit.service, visit.partner.clone());
    loop {
        let Some((visit, version)) =
            migrations.seen_visit(&who).filter(|(seen, _)| seen.request_id == visit.request_id)
        else {
            return Ok(());
        };
        let letter = Letter::visit_ended(&visit, refusal(Cause::LeftPartner), post::long(cx));
        let changes = Changes::new().drop_visit(&visit, version).letter(&cx.world().ids.uuid(), letter);
        if let Written::Done(letters) = migrations.write(changes).await? {
            migrations.happened("ended");
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, "has left");
            migrations.has_answer(&who);
            post::send(cx, letters);
            return Ok(());
        }
    }
}

/// The user is served at home again; the system where he was is told.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it.
pub(crate) async fn came_back(cx: &Cx<Mcs>, user: &McServiceId, _system: &str) -> Done<()> {
    end_all(cx, user, Cause::ReturnedHome).await
}

/// The operator takes back the yes.
///
/// # Errors
/// [`Cause::NotMigrated`] where the user has not migrated; [`kit::Fault`] where the store cannot keep it.
pub(crate) async fn revoke(cx: &Cx<Mcs>, user: &McServiceId) -> Done<()> {
    cx.know(user).await?;
    let is_away = cx.migrations().is_some_and(|migrations| !migrations.marks_of(user).is_empty());
    if is_away { end_all(cx, user, Cause::Revoked).await } else { Err(Cause::NotMigrated.into()) }
}

async fn end_all(cx: &Cx<Mcs>, user: &McServiceId, reason: Cause) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    cx.know(user).await?;
    for mark in migrations.marks_of(user) {
        unmark(cx, &mark, Some(reason)).await?;
    }
    Ok(())
}

/// Takes a mark away, if it is still this one; with a reason, the system where the user was is told.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it.
pub(super) async fn unmark(cx: &Cx<Mcs>, mark: &Mark, reason: Option<Cause>) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    let who = (mark.service, mark.primary.clone());
    loop {
        let is_it = |seen: &Mark| seen.system == mark.system && seen.since == mark.since;
        let Some((seen, version)) = migrations.seen_mark(&who).filter(|(seen, _)| is_it(seen)) else {
            return Ok(());
        };
        let mut changes = Changes::new().drop_mark(&seen, version);
        if seen.is_confirmed {
            changes = whereabouts::tell(cx, changes, &seen)?;
        }
        if let Some(reason) = reason {
            let letter = Letter::mark_ended(&seen, cx.fresh_request_id()?, refusal(reason), post::long(cx));
            changes = changes.letter(&cx.world().ids.uuid(), letter);
        }
        if let Written::Done(letters) = migrations.write(changes).await? {
            migrations.happened("ended");
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %seen.primary, from = %seen.system, ?reason, "is marked as migrated no more");
            forget(cx, &seen);
            post::send(cx, letters);
            return Ok(());
        }
    }
}

/// A mark is gone: unless another MC service has one, the user counts as at home, once authorized anew.
pub(super) fn forget(cx: &Cx<Mcs>, mark: &Mark) {
    let is_home = cx.migrations().is_none_or(|migrations| migrations.marks_of(&mark.primary).is_empty());
    if is_home {
        cx.authorizations().came_back(&mark.primary);
    }
}

/// A visit is over by the primary system's word: nothing is authorized any more, and the client is told why.
pub(super) async fn send_away(cx: &Cx<Mcs>, visit: &Visit, reason: Refusal) -> Done<Vec<(String, Letter)>> {
    let Some(migrations) = cx.migrations() else { return Ok(Vec::new()) };
    let who = (visit.service, visit.partner.clone());
    loop {
        let Some((visit, version)) =
            migrations.seen_visit(&who).filter(|(seen, _)| seen.request_id == visit.request_id)
        else {
            return Ok(Vec::new());
        };
        let letter = Letter::over(&visit, reason.clone(), post::short(cx));
        let changes = Changes::new().drop_visit(&visit, version).letter(&cx.world().ids.uuid(), letter);
        if let Written::Done(letters) = migrations.write(changes).await? {
            migrations.happened("ended");
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, code = ?reason.code, "is no visitor any more");
            migrations.has_answer(&who);
            visits::end(cx, &visit.partner).await?;
            return Ok(letters);
        }
    }
}
