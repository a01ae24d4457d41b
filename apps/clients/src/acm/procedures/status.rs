//! "What have I asked, what waits for me, and what became of it?" *Provisional*: TS 23.280 10.17 knows no such question.

use kit::{Cx, Done};
use xml_schemas::acm::{Mark, StatusRequest, StatusResponse};

use super::surely;
use crate::acm::State;

/// Asks, and awaits the answer: the newest, or where an answer before went on.
///
/// # Errors
/// [`kit::Stop`] with the cause where the server refuses or does not answer within the deadline.
pub async fn query(cx: Cx<State>, from: Option<Mark>) -> Done<StatusResponse> {
    let request_id = cx.fresh_request_id()?;
    let question = StatusRequest { request_id: request_id.clone(), user: cx.user.clone(), from };
    surely::ask(&cx.for_flow(&request_id), question).await
}
