//! A client asks what waits for its user: TS 23.280 10.17.2 (pending ACM data), 10.17.3.1

use std::collections::BTreeSet;

use kit::{Accepted, Cause, Cx, Done, Inbound, To, Verdict};
use xml_schemas::{
    acm::{Kind, PendingDataRequest, PendingDataResponse, PendingItem, Request},
    ids::McServiceId,
};

use super::tell::{current, told};
use crate::{
    Acm,
    book::{Waiting, keys},
    case::{Case, Side},
    engine::{ended::unreadable, steps_of},
    policy::ShowOwn,
    procedures::user_profile,
};

/// What one response holds at most; where there is more, it says so, and the client asks again.
const ITEMS: usize = 100;

/// Octets of its items, about: a client reads no body of more than 256 KiB. One item is told however long it is.
const OCTETS: usize = 128 * 1024;

/// Answered 200; what waits comes in a message of its own.
pub(crate) async fn request(cx: Cx<Acm>, req: Inbound<PendingDataRequest>) -> Done<Accepted> {
    let user = req.peer.user().and_then(|impu| cx.user_of(impu)).ok_or(Cause::RequesterUnknown)?;
    if user.id != req.flow.user {
        return Err(Cause::RequesterUnknown.into());
    }
    Ok(Accepted::then(async move {
        if let Err(stop) = respond(&cx, &req.flow).await {
            tracing::warn!(target: "mcx::acm", entity = %cx.profile().name, user = %user.id, %stop, "what waits for a user could not be told");
        }
    }))
}

/// What waits, in the order in which it came; what his client has accepted waits no longer for being told.
async fn respond(cx: &Cx<Acm>, request: &PendingDataRequest) -> Done<()> {
    let user = cx.user(&request.user).ok_or(Cause::UnknownUser)?;
    let (waiting, mut is_all) = waiting(cx, &user.id).await?;
    let mut octets = 0;
    let mut items = Vec::with_capacity(waiting.len());
    let mut shown = Vec::with_capacity(waiting.len());
    let mut seen: BTreeSet<(Kind, Side)> = BTreeSet::new();
    for each in waiting {
        let Some(case) = current(cx, &user.id, &each).await? else { continue };
        if seen.insert((case.kind, case.key.side())) {
            steps(cx, &case);
        }
        let item = match item(&case)? {
            PendingItem::Request(Request::UserProfileUpdate(request)) => PendingItem::Request(
                user_profile::shown(&cx.for_flow(case.key.request_id()), request).await.into(),
            ),
            item => item,
        };
        octets += length(&item);
        if octets > OCTETS && !items.is_empty() {
            is_all = false;
            break;
        }
        items.push(item);
        shown.push(each);
    }
    let response =
        PendingDataResponse { request_id: request.request_id.clone(), user: user.id.clone(), is_all, items };
    let permit = match cx.decide(ShowOwn { user: user.id.clone() }) {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Cause::NotPermitted.into()),
    };
    cx.tell(To::User(&user.impu), &permit.release(response)?).await?;
    for each in shown.iter().filter(|each| !each.is_told) {
        told(cx, &user.id, each).await?;
    }
    Ok(())
}

fn length(item: &PendingItem) -> usize {
    let parts = match item {
        PendingItem::Request(request) => request.split(),
        PendingItem::Response(response) => response.split(),
    };
    parts.iter().map(|part| part.bytes.len()).sum()
}

/// All of it where that is little; else first what his client has not been told.
pub(crate) async fn waiting(cx: &Cx<Acm>, user: &McServiceId) -> Result<(Vec<Waiting>, bool), kit::Fault> {
    // One more than are shown tells that there is more; what has not been told stands first.
    let page = cx.book().page(&keys::waiting(user.as_str()), None, ITEMS + 1).await?;
    let mut all: Vec<Waiting> =
        page.iter().filter_map(|(tail, value)| Waiting::decode(tail, value)).collect();
    let is_more = all.len() > ITEMS && all.last().is_some_and(|last| !last.is_told);
    all.truncate(ITEMS);
    all.sort_by_key(|each| each.seq);
    Ok((all, !is_more))
}

fn item(case: &Case) -> Result<PendingItem, kit::Fault> {
    match (case.key.side(), &case.response) {
        (Side::Received, _) => {
            case.request.as_request().map(PendingItem::Request).map_err(|bad| unreadable(&bad))
        }
        (Side::Asked, Some(kept)) => {
            kept.as_response().map(PendingItem::Response).map_err(|bad| unreadable(&bad))
        }
        (Side::Asked, None) => Err(kit::Fault::new("a response waits that is not there")),
    }
}

/// He has asked, and is told.
fn steps(cx: &Cx<Acm>, case: &Case) {
    let (steps, cx) = (steps_of(cx, case.kind), cx.for_flow(case.key.request_id()));
    let (returns, told) = match case.key.side() {
        Side::Received => (steps.target_returns, steps.delivered),
        Side::Asked => (steps.initiator_returns, steps.told),
    };
    if let Some([_, notified]) = returns {
        cx.step(steps.clause, notified);
    }
    cx.step(steps.clause, told);
}
