//! The group management server of an interconnected MC system (CSC-16).

use bytes::Bytes;
use http::{Method, Request, Response};
use kit::{Cause, Cx, PartnerId, Refusal, Stop};
use xcap::Target;

use crate::{
    Gms, entered,
    group::GroupId,
    procedures::{accept_provision, provide_on_request, withdraw},
};

/// Of the groups of our domains it is the partner, of those of its own the primary; of others it is nothing.
pub(super) async fn serve(
    cx: &Cx<Gms>,
    peer: &PartnerId,
    target: &Target,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let group = GroupId::of_target(target).ok_or(Cause::NotPermitted)?;
    let subject = (target, &group);
    let is_ours = cx.rules().is_own_domain(&group.domain());
    let answered = match (request.method(), is_ours) {
        (&Method::GET | &Method::HEAD, true) => provide_on_request::answer(cx, peer, subject, request).await,
        (&Method::GET | &Method::HEAD, false) => accept_provision::show(cx, peer, subject, request).await,
        (&Method::PUT, false) => accept_provision::receive(cx, peer, subject, request).await,
        (&Method::DELETE, false) => withdraw::receive(cx, peer, subject, request).await,
        (&Method::PUT | &Method::DELETE, true) => Err(Cause::NotPermitted.into()),
        // XCAP has no other (`web.rs`).
        _ => Err(Cause::MethodNotAllowed.into()),
    };
    if let Err(stop) = &answered {
        entered::refused(cx, peer, (request.method(), &group), stop).await;
    }
    answered.map_err(|stop| {
        if let Stop::Fault(fault) = &stop {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        }
        stop.refusal()
    })
}
