//! A user of ours who works in another MC system is located there: the home system asks, in the name of whoever asks, under the MC
//! service ID that he has there. TS 23.280 10.6.3.3 step 7 records where; the exchange is that of 10.9.3.10.2 steps 3 to 6.
//!
//! Who may know is decided first, by the rules at home; the partner system decides by its own, once more.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::future::{Either, select};
use kit::{Accepted, Cause, Cx, Done, Inbound, Partner, Permitted, To, Verdict};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, SystemId},
    location::{LocationReport, LocationRequest, Position, TargetAnswer},
    migration::{MigrationChanged, WhereaboutsRequest},
};

use super::locate_here::Wish;
use crate::{
    Lms,
    config::Migrated,
    migrants::Standing,
    policy::{FollowMigrated, TellLocation},
};

const CLAUSE: &str = "10.9.3.10.2";

/// How long an own MC service server is waited for: whoever asks for the user waits as long.
const PATIENCE: Duration = Duration::from_secs(2);

/// The own MC service server says that users have gone, or are back.
///
/// # Errors
/// [`Cause::RequesterNotAuthorized`] for anybody else.
pub async fn changed(cx: Cx<Lms>, req: Inbound<MigrationChanged>) -> Done<Accepted> {
    let is_own = |identity: &Arc<str>| cx.config().servers.iter().any(|server| server.identity == *identity);
    if !req.peer.server().is_some_and(is_own) {
        return Err(Cause::RequesterNotAuthorized.into());
    }
    req.flow.users.into_iter().for_each(|user| cx.migrants().changed(user));
    Ok(Accepted::done())
}

/// Who the user is in the system where he works; none where that is this one.
pub(super) async fn abroad(cx: &Cx<Lms>, user: &McServiceId) -> Option<McServiceId> {
    if cx.config().migrated == Migrated::Ignore {
        return None;
    }
    let (standing, moment) = cx.migrants().standing(user);
    match standing {
        Standing::Away(partner) => return Some(partner),
        Standing::Home => return None,
        Standing::Unknown if !cx.migrants().may_ask(cx.world().clock.now()) => return None,
        Standing::Unknown => {}
    }
    let mut is_answered = false;
    for server in &cx.config().servers {
        let Ok(request_id) = cx.fresh_request_id() else { return None };
        let (service, users) = (McService::Mcptt, vec![user.clone()]);
        let question = Permitted::open(WhereaboutsRequest { request_id, service, users });
        let ask = pin!(cx.ask(To::Server(server), &question));
        let Either::Left((answer, _)) = select(ask, cx.world().clock.sleep(PATIENCE)).await else { continue };
        match answer {
            Ok(answer) if answer.of(user).is_some() => {
                let partner = answer.of(user).cloned();
                cx.migrants().learn(user, partner.clone(), moment);
                return partner;
            }
            Ok(_) => is_answered = true,
            // One of which nothing is told has nobody who has gone.
            Err(stop) => is_answered |= stop.cause() == Cause::NotPermitted,
        }
    }
    if is_answered {
        cx.migrants().learn(user, None, moment);
    } else if !cx.config().servers.is_empty() {
        cx.migrants().unanswered(cx.world().clock.now());
    }
    None
}

/// The position of one of ours, by the word of the system where he works.
///
/// # Errors
/// [`Cause::MigratedAway`] where the operator wants him not to be asked for there, or no such system is known; else as that system
/// says.
pub(super) async fn locate(
    cx: &Cx<Lms>,
    asked: &TellLocation,
    partner_id: McServiceId,
    wish: &Wish,
) -> Result<Position, Cause> {
    let TellLocation { requester, target } = asked;
    let partner = cx.partners().serving(partner_id.as_str()).cloned().ok_or(Cause::MigratedAway)?;
    // The partner takes requests of our users only. For whom else his home system asks, it asks in his own name.
    let requester = if cx.is_own(requester) { requester.clone() } else { target.clone() };
    let question = FollowMigrated { requester, target: target.clone(), partner: partner_id.clone() };
    let permit = match cx.decide(question) {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(cause),
        Verdict::Defer(_) => return Err(Cause::MigratedAway),
    };
    let request_id = cx.fresh_request_id().map_err(|fault| super::locate_here::fault(&fault))?;
    let question = LocationRequest {
        requesting_system: SystemId::new(cx.profile().psi.domain()).ok(),
        target_system: SystemId::new(&partner.name).ok(),
        refresh: wish.refresh,
        requested: wish.items.clone(),
        ..LocationRequest::new(request_id, permit.question().requester.clone(), vec![partner_id.clone()])
    };
    cx.step(CLAUSE, 3);
    let released = permit.release(question).map_err(|fault| super::locate_here::fault(&fault))?;
    let report = cx.ask(To::Partner(&partner), &released).await.map_err(|stop| stop.cause())?;
    found(cx, &partner, permit.question(), report)
}

/// Only what was asked counts.
fn found(
    cx: &Cx<Lms>,
    partner: &Partner,
    asked: &FollowMigrated,
    report: LocationReport,
) -> Result<Position, Cause> {
    let LocationReport { requester, targets, .. } = report;
    let is_it = |target: &McServiceId| *target == asked.partner && requester == asked.requester;
    let mut answer = None;
    for target in targets {
        if is_it(&target.target) {
            answer = Some(target.answer);
        } else {
            cx.drop_result(partner, "a result that was not asked of this partner");
        }
    }
    match answer {
        Some(TargetAnswer::Located(position)) => Ok(*position),
        Some(TargetAnswer::Refused(refusal)) => {
            Err(refusal.code.and_then(Cause::from_code).unwrap_or(Cause::Unspecified))
        }
        None => Err(Cause::Unspecified),
    }
}

/// What the requester is told of a user who is refused because he works elsewhere: where that is, if the operator wants it.
pub(super) fn text(cx: &Cx<Lms>, target: &McServiceId, cause: Cause) -> Option<String> {
    if cause != Cause::MigratedAway || cx.config().migrated != Migrated::Tell {
        return None;
    }
    match cx.migrants().standing(target).0 {
        Standing::Away(partner) => {
            Some(format!("{}: {}", cause.text(), cx.partners().serving(partner.as_str())?.name))
        }
        _ => None,
    }
}
