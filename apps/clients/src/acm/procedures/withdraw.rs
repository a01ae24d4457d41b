//! "I do not want it any more." *Provisional*: TS 23.280 10.17 knows no withdrawal. The partner's server owns the outcome.

use kit::{Cx, Permitted};
use xml_schemas::{
    acm::{Actor, WithdrawalRequest},
    ids::RequestId,
};

use super::surely::{self, Unheard};
use crate::acm::State;

/// Asks; what came of it is told later.
///
/// # Errors
/// [`Unheard`] where the server does not take it up, or nobody says whether it has.
pub async fn request(cx: Cx<State>, request_id: RequestId) -> Result<(), Unheard> {
    let cx = cx.for_flow(&request_id);
    let withdrawal = WithdrawalRequest { request_id, initiator: Actor::user(cx.user.clone()), target: None };
    surely::tell(&cx, &Permitted::open(withdrawal)).await
}
