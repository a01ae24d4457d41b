//! The procedures of a location management server, one file each.

pub mod follow_migrated;
pub mod locate_abroad;
pub mod locate_here;
pub mod log_on;
pub mod tell_abroad;

use kit::{Accepted, Cause, Cx, Done, Inbound};
use xml_schemas::{
    ids::McServiceId,
    location::{LocationRequest, Refusal, TargetAnswer, TargetReport},
};

use crate::Lms;

/// A location request: of an own user or server it opens the primary's part of 10.9.3.10.2, of a partner the partner's part.
///
/// # Errors
/// As [`locate_abroad::request`] and [`tell_abroad::request`].
pub async fn request(cx: Cx<Lms>, req: Inbound<LocationRequest>) -> Done<Accepted> {
    if req.flow.targets.len() > cx.config().max_targets {
        return Err(Cause::TooLarge.into());
    }
    if req.peer.partner().is_some() {
        tell_abroad::request(cx, req).await
    } else {
        locate_abroad::request(cx, req).await
    }
}

/// As [`refused`], of a user of ours.
fn refused_here(cx: &Cx<Lms>, target: McServiceId, cause: Cause) -> TargetReport {
    let text = follow_migrated::text(cx, &target, cause).unwrap_or_else(|| cause.text().to_owned());
    let refusal = Refusal { code: Some(cause.code()), text: Some(text) };
    TargetReport { target, answer: TargetAnswer::Refused(refusal) }
}

/// A target that is not reported, with its cause.
fn refused(target: McServiceId, cause: Cause) -> TargetReport {
    let refusal = Refusal { code: Some(cause.code()), text: Some(cause.text().to_owned()) };
    TargetReport { target, answer: TargetAnswer::Refused(refusal) }
}
