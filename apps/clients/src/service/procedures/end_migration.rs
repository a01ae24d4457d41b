//! A migration is over: what the partner's MC service server tells the client. TS 23.280 10.6.3 does not have it; *provisional*.

use kit::{Accepted, Cause, Cx, Done, Inbound};
use xml_schemas::migration::MigrationEnded;

use crate::service::{State, Status};

/// The user is no longer served here with this MC service, and asks for it no more by himself.
pub(crate) async fn receive(cx: Cx<State>, inbound: Inbound<MigrationEnded>) -> Done<Accepted> {
    if inbound.peer.user() != Some(&cx.server) {
        return Err(Cause::NotPermitted.into());
    }
    if !cx.ends(&inbound.flow) {
        return Err(Cause::UnmatchedReport.into());
    }
    cx.set(Status::Ended(inbound.flow.reason));
    Ok(Accepted::done())
}
