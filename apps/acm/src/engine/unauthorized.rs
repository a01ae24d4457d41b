//! Who asks what he may not stands in the audit log (TS 22.280 [R-6.1-004]), and does not make it as long as he likes
//! ([`kit::audit::Log::note`]).

use audit::Entry;
use kit::{Cause, Cx, Partner, audit::refused_for};
use xml_schemas::acm::Request;

use super::entry;
use crate::Acm;

/// Somebody of ours was refused what he asked of a partner, by this rule, or for what it was.
pub(super) async fn unauthorized(cx: &Cx<Acm>, request: &Request, (rule, cause): (Option<&str>, Cause)) {
    cx.metrics().happened(cx.book().entity(), "unauthorized");
    let heading = request.heading();
    let asker = heading.initiator.id.as_str();
    let entry = about(cx.log().act("acm.request.asked", asker), request, cause);
    let entry = match cx.partners().serving(heading.target.as_str()) {
        Some(partner) => entry.partner(&*partner.name),
        None => entry,
    };
    let entry = match rule {
        Some(rule) => entry.ruled("refuse", rule),
        None => refused_for(entry, cause),
    };
    cx.log().note(asker, entry).await;
}

/// A partner was refused a request of which nothing is kept.
pub(super) async fn not_taken(cx: &Cx<Acm>, partner: &Partner, request: &Request, cause: Cause) {
    let entry = cx.log().act("acm.request.received", &*partner.name).partner(&*partner.name);
    cx.log().note(&partner.name, refused_for(about(entry, request, cause), cause)).await;
}

fn about(entry: Entry, request: &Request, cause: Cause) -> Entry {
    let heading = request.heading();
    let entry = entry.of(heading.request_id.as_str()).on(heading.target.as_str());
    let entry = entry::about(entry, request).with("flow", request.kind().request());
    entry.with("initiator", heading.initiator.id.as_str()).with("cause", cause.name())
}
