//! Location on demand within one MC system. TS 23.280 clause 10.9.3.2.
//!
//! Alone it answers a requester of the own system; as step 5 of 10.9.3.10.2 it brings a location up to date for a partner.

use std::{sync::Arc, time::Duration};

use kit::{Accepted, Cause, Cx, Done, Fault, Inbound, Permit, Permitted, To, Verdict};
use xml_schemas::{
    Timestamp,
    ids::{McServiceId, RequestId},
    location::{
        ClientAnswer, ClientLocationReport, ClientLocationRequest, LocationItem, LocationRequest, Position,
    },
};

use super::follow_migrated;
use crate::{Lms, config::User, policy::TellLocation};

const CLAUSE: &str = "10.9.3.2";

/// What a requester wants to know.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Whether the last known position will not do.
    pub refresh: bool,
    /// Which parts; empty means everything.
    pub items: Vec<LocationItem>,
}

impl Wish {
    /// What a request says about it.
    #[must_use]
    pub fn of(request: &LocationRequest) -> Self {
        Self { refresh: request.refresh, items: request.requested.clone() }
    }
}

/// The target's position as it was wished for, with the permit under which it may be told.
///
/// # Errors
/// The cause why there is none: policy's, the user's, or the client's silence.
pub async fn bring_up_to_date(
    cx: &Cx<Lms>,
    verdict: Verdict<TellLocation>,
    wish: &Wish,
) -> Result<(Position, Permit<TellLocation>), Cause> {
    let (position, permit) = match verdict {
        Verdict::Refuse(cause) => return Err(cause),
        Verdict::Allow(permit) => {
            let target = &permit.question().target;
            let position = match follow_migrated::abroad(cx, target).await {
                Some(abroad) => follow_migrated::locate(cx, permit.question(), abroad, wish).await?,
                None => locate(cx, target, wish).await?,
            };
            (position, permit)
        }
        Verdict::Defer(deferred) => {
            let TellLocation { requester, target } = deferred.question();
            if follow_migrated::abroad(cx, target).await.is_some() {
                // He is not here to be asked.
                return Err(Cause::MigratedAway);
            }
            let deadline = cx.config().permission_deadline;
            // The client's report is the user's yes; there is no other way to ask.
            let position = ask_client(cx, &*user(cx, target)?, Some(requester.clone()), deadline).await?;
            (position, cx.consent(deferred))
        }
    };
    Ok((position.only(&wish.items), permit))
}

async fn locate(cx: &Cx<Lms>, target: &McServiceId, wish: &Wish) -> Result<Position, Cause> {
    if !wish.refresh {
        return cx.last_known(target).ok_or(Cause::NoPosition);
    }
    match ask_client(cx, &*user(cx, target)?, None, cx.config().client_deadline).await {
        Err(Cause::LoggedOff | Cause::TimedOut) if cx.config().stale_instead_of_nothing => {
            cx.last_known(target).ok_or(Cause::NoPosition)
        }
        other => other,
    }
}

fn user(cx: &Cx<Lms>, target: &McServiceId) -> Result<Arc<User>, Cause> {
    cx.user(target).ok_or(Cause::UnknownUser)
}

/// Steps 1 to 3: the user's client is asked, through the SIP core. With a requester, the user is asked for permission (step 2,
/// taken by the client).
async fn ask_client(
    cx: &Cx<Lms>,
    user: &User,
    requester: Option<McServiceId>,
    deadline: Duration,
) -> Result<Position, Cause> {
    // After a restart of ours the SIP core knows better.
    if cx.log_ons().is_off(&user.impu, cx.world().clock.now()) {
        return Err(Cause::LoggedOff);
    }
    cx.step(CLAUSE, 1);
    let asks_him = requester.is_some();
    let ask = async |request_id| {
        let request_id = if asks_him { for_one(cx, &request_id)? } else { request_id };
        let request =
            ClientLocationRequest { request_id, target: user.id.clone(), requester: requester.clone() };
        cx.ask_within(deadline, To::User(&user.impu), &Permitted::open(request)).await
    };
    let asked = match ask(flow_id(cx)?).await {
        // Another requester of the same user happens to use the same request-id.
        Err(stop) if stop.cause() == Cause::RepeatedRequest => {
            ask(cx.fresh_request_id().map_err(|why| fault(&why))?).await
        }
        asked => asked,
    };
    let report = asked.map_err(|stop| as_seen_through_the_core(stop.cause()))?;

    cx.step(CLAUSE, 3);
    match report.answer {
        // What the user has told to one requester is not what others are told later.
        ClientAnswer::Located(position) if requester.is_some() => Ok(cx.timed(*position, now(cx))),
        ClientAnswer::Located(position) => Ok(keep(cx, user, *position)),
        ClientAnswer::Refused(refusal) => Err(client_cause(refusal.code)),
    }
}

/// Before the request-id of a question that asks a user for permission. Whatever becomes of the question, and of this server
/// meanwhile, the report that bears it was for one requester.
const FOR_ONE: &str = kit::WITHIN;

/// The request-id under which a user is asked for permission. One that is too long to be marked is left for another.
fn for_one(cx: &Cx<Lms>, request_id: &RequestId) -> Result<RequestId, Fault> {
    RequestId::new(&format!("{FOR_ONE}{request_id}")).or_else(|_| {
        let fresh = format!("{FOR_ONE}{}", cx.fresh_request_id()?);
        RequestId::new(&fresh).map_err(|error| Fault::new(error.to_string()))
    })
}

/// The requester's own request-id goes on to the client, so that one identifier names the flow everywhere.
fn flow_id(cx: &Cx<Lms>) -> Result<RequestId, Cause> {
    RequestId::new(cx.flow_id()).map_err(|error| fault(&Fault::new(error.to_string())))
}

pub(super) fn fault(fault: &Fault) -> Cause {
    tracing::error!(target: "mcx::fault", %fault);
    Cause::Fault
}

/// What the SIP core says of a user in place of the client: not registered is logged off, and its silence the client's.
fn as_seen_through_the_core(cause: Cause) -> Cause {
    match cause {
        Cause::UnknownTarget | Cause::UnknownUser | Cause::LoggedOff => Cause::LoggedOff,
        Cause::PartnerUnreachable | Cause::TimedOut => Cause::TimedOut,
        other => other,
    }
}

/// A client says that its user denies, or that it has no fix. Whatever else it says counts as the user's no.
fn client_cause(code: Option<u16>) -> Cause {
    match code.and_then(Cause::from_code) {
        Some(Cause::NoPosition) => Cause::NoPosition,
        Some(Cause::TimedOut) => Cause::TimedOut,
        _ => Cause::UserDenied,
    }
}

fn keep(cx: &Cx<Lms>, user: &User, position: Position) -> Position {
    cx.keep(&user.id, position, now(cx))
}

fn now(cx: &Cx<Lms>) -> Timestamp {
    Timestamp::from(cx.world().clock.wall())
}

/// A client's report: the answer to a request of ours, or one that the client sends of itself, which is kept.
///
/// # Errors
/// [`Cause::RequesterUnknown`] where the sender is no user of this server; [`Cause::ForeignIdentity`] where the report is of
/// somebody else.
pub async fn report(cx: Cx<Lms>, req: Inbound<ClientLocationReport>) -> Done<Accepted> {
    let impu = req.peer.user().ok_or(Cause::RequesterUnknown)?;
    let user = cx.user_of(impu).ok_or(Cause::RequesterUnknown)?;
    if req.flow.reporter.as_ref().is_some_and(|reporter| *reporter != user.id) {
        return Err(Cause::ForeignIdentity.into());
    }
    let answered = cx.hand_over(&req.peer, req.flow.clone());
    match (answered, req.flow.answer) {
        (Ok(()), _) => {}
        // A yes that comes late, or twice, is nobody's: the requester has gone, and it was for no other.
        (Err(_), ClientAnswer::Located(_)) if req.flow.request_id.as_str().starts_with(FOR_ONE) => {
            tracing::info!(target: "mcx::dropped", flow = %req.flow.request_id, "a position that one requester was to be told");
        }
        (Err(_), ClientAnswer::Located(position)) => {
            keep(&cx, &user, *position);
        }
        (Err(cause), ClientAnswer::Refused(_)) => return Err(cause.into()),
    }
    Ok(Accepted::done())
}
