//! "I do not want it any more." *Provisional*: TS 23.280 10.17 knows no withdrawal. The partner's server owns the outcome.

use kit::{Cx, Done, Permitted, cx::To};
use xml_schemas::{
    acm::{Actor, WithdrawalRequest},
    ids::RequestId,
};

use crate::acm::State;

/// Asks; what came of it is told later.
///
/// # Errors
/// [`kit::Stop`] with the cause where the server does not take it up.
pub async fn request(cx: Cx<State>, request_id: RequestId) -> Done<()> {
    let cx = cx.for_flow(&request_id);
    let withdrawal = WithdrawalRequest { request_id, initiator: Actor::user(cx.user.clone()), target: None };
    cx.tell(To::User(&cx.server), &Permitted::open(withdrawal)).await
}
