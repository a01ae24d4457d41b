//! "What waits for me?" TS 23.280 10.17.3.1, at the client: steps 7b and 13b of group information provision.

use kit::{Cx, Done};
use xml_schemas::acm::{Mark, PendingDataRequest, PendingDataResponse, PendingItem};

use super::{steps, surely};
use crate::acm::State;

/// Asks, and awaits the answer; where it comes in parts, for each of them.
///
/// # Errors
/// [`kit::Stop`] with the cause where the server refuses or does not answer within the deadline.
pub async fn query(cx: Cx<State>) -> Done<PendingDataResponse> {
    let mut all = part(&cx, None).await?;
    while let Some(from) = all.next.take() {
        let part = part(&cx, Some(from.clone())).await?;
        // A server that does not get on is asked no more.
        let gets_on = part.next.as_ref() != Some(&from) && !part.items.is_empty();
        all.items.extend(part.items);
        all.is_all = part.is_all;
        all.next = part.next.filter(|_| gets_on);
    }
    Ok(all)
}

async fn part(cx: &Cx<State>, from: Option<Mark>) -> Done<PendingDataResponse> {
    let request_id = cx.fresh_request_id()?;
    let client = cx.client.clone();
    let question = PendingDataRequest { request_id: request_id.clone(), user: cx.user.clone(), from, client };
    let answer = surely::ask(&cx.for_flow(&request_id), question).await?;
    for item in &answer.items {
        let cx = cx.for_flow(item.request_id());
        match item {
            PendingItem::Request(request) => {
                let steps = steps::of(request.kind());
                cx.step(steps.clause, steps.arrive); // the stored request reaches the target's client
            }
            PendingItem::Response(response) => {
                let steps = steps::of(response.kind());
                cx.step(steps.clause, steps.end); // the stored response reaches the initiator's client
            }
        }
    }
    Ok(answer)
}
