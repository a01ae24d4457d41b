//! Shorthands for the flows of a location exchange.

use kit::Cause;
use xml_schemas::{
    ids::{McServiceId, RequestId},
    location::{LocationReport, LocationRequest, TargetAnswer},
};

/// An MC service ID.
///
/// # Panics
/// Where the text is none.
#[must_use]
pub fn user(id: &str) -> McServiceId {
    McServiceId::new(id).unwrap_or_else(|why| panic!("{id}: {why}"))
}

/// Several.
#[must_use]
pub fn users(ids: &[&str]) -> Vec<McServiceId> {
    ids.iter().map(|id| user(id)).collect()
}

/// A `request-id`.
///
/// # Panics
/// Where the text is none.
#[must_use]
pub fn request_id(text: &str) -> RequestId {
    RequestId::new(text).expect("a request-id")
}

/// A request for fresh positions.
#[must_use]
pub fn request(id: &str, requester: &str, targets: &[&str]) -> LocationRequest {
    LocationRequest::new(request_id(id), user(requester), users(targets))
}

/// Who was located, in the order of the report.
#[must_use]
pub fn located(report: &LocationReport) -> Vec<&str> {
    let is_located = |answer: &TargetAnswer| matches!(answer, TargetAnswer::Located(_));
    let located = report.targets.iter().filter(|target| is_located(&target.answer));
    located.map(|target| target.target.as_str()).collect()
}

/// For each target, in the order of the report, the cause why there is no position; none where there is one.
#[must_use]
pub fn causes(report: &LocationReport) -> Vec<Option<Cause>> {
    let cause = |answer: &TargetAnswer| match answer {
        TargetAnswer::Located(_) => None,
        TargetAnswer::Refused(refusal) => {
            Some(refusal.code.and_then(Cause::from_code).unwrap_or(Cause::Unspecified))
        }
    };
    report.targets.iter().map(|target| cause(&target.answer)).collect()
}
