//! What the own ACM server tells a client unasked: TS 23.280 10.17.3.1 and the last steps of each procedure.

use kit::{Accepted, Cause, Cx, Done, Inbound};
use xml_schemas::acm::{
    AcmRequest, AcmResponse, PendingDataNotification, ProcessIndication, WithdrawalResponse,
};

use super::steps;
use crate::acm::{State, Told};

/// Something waits for the user.
pub(crate) async fn notified(cx: Cx<State>, inbound: Inbound<PendingDataNotification>) -> Done<Accepted> {
    cx.expect_server(&inbound.peer)?;
    if inbound.flow.user != cx.user {
        return Err(Cause::UnknownTarget.into());
    }
    cx.hand(Told::Waiting)?;
    Ok(Accepted::done())
}

/// The partner's server has the request of the user's.
pub(crate) async fn indicated(cx: Cx<State>, inbound: Inbound<ProcessIndication>) -> Done<Accepted> {
    cx.expect_server(&inbound.peer)?;
    cx.hand(Told::Indication(inbound.flow))?;
    Ok(Accepted::done())
}

/// What came of a withdrawal.
pub(crate) async fn withdrawn(cx: Cx<State>, inbound: Inbound<WithdrawalResponse>) -> Done<Accepted> {
    cx.expect_server(&inbound.peer)?;
    cx.hand(Told::Withdrawal(inbound.flow))?;
    Ok(Accepted::done())
}

/// The user is to decide a request.
pub(crate) async fn requested<F: AcmRequest>(cx: Cx<State>, inbound: Inbound<F>) -> Done<Accepted> {
    cx.expect_server(&inbound.peer)?;
    let steps = steps::of(F::KIND);
    cx.step(steps.clause, steps.arrive); // the request reaches the target's client
    cx.hand(Told::Request(inbound.flow.into()))?;
    Ok(Accepted::done())
}

/// A request of the user's is answered.
pub(crate) async fn answered<F: AcmResponse>(cx: Cx<State>, inbound: Inbound<F>) -> Done<Accepted> {
    cx.expect_server(&inbound.peer)?;
    let steps = steps::of(F::KIND);
    cx.step(steps.clause, steps.end); // the response reaches the initiator's client
    cx.hand(Told::Response(inbound.flow.into()))?;
    Ok(Accepted::done())
}
