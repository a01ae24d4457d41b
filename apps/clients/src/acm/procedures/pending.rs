//! "What waits for me?" TS 23.280 10.17.3.1, at the client: steps 7b and 13b of group information provision.

use kit::{Cx, Done, Permitted, cx::To};
use xml_schemas::acm::{PendingDataRequest, PendingDataResponse, PendingItem};

use super::steps;
use crate::acm::State;

/// Asks, and awaits the answer.
///
/// # Errors
/// [`kit::Stop`] with the cause where the server refuses or does not answer within the deadline.
pub async fn query(cx: Cx<State>) -> Done<PendingDataResponse> {
    let request_id = cx.fresh_request_id()?;
    let question = PendingDataRequest { request_id: request_id.clone(), user: cx.user.clone() };
    let answer = cx.for_flow(&request_id).ask(To::User(&cx.server), &Permitted::open(question)).await?;
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
