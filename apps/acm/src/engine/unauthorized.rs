//! Who asks what he may not stands in the audit log (TS 22.280 [R-6.1-004]), and does not make it as long as he likes
//! ([`kit::audit::Log::note`]).

use audit::Entry;
use kit::{Cause, Cx, Done, Impu, Partner, Stop, audit::refused_for};
use xml_schemas::{
    acm::Request,
    ids::{McServiceId, RequestId},
};

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

/// Somebody's word on a request: the act that it would have been, his name, and the system where he is a partner's.
pub(super) struct Word<'w> {
    pub(super) act: &'static str,
    pub(super) by: &'w str,
    pub(super) partner: Option<&'w str>,
    pub(super) request: &'w RequestId,
    /// Who he says that he is, where that is for him to say.
    pub(super) claimed: Option<&'w McServiceId>,
}

/// The user of ours who has sent something, whatever it says of him.
pub(super) fn name_of(cx: &Cx<Acm>, impu: &Impu) -> String {
    cx.user_of(impu).map_or_else(|| "somebody".to_owned(), |user| user.id.as_str().to_owned())
}

/// A word that is not accepted, for what it says or of whom it comes, stands in the log.
pub(super) async fn judged<T>(cx: &Cx<Acm>, word: &Word<'_>, done: Done<T>) -> Done<T> {
    let Err(Stop::Refused(why)) = &done else { return done };
    if why.cause.status() < 500 {
        let entry = cx.log().act(format!("acm.request.{}", word.act), word.by).of(word.request.as_str());
        let entry = word.partner.into_iter().fold(entry, Entry::partner);
        let entry = match word.claimed.map(McServiceId::as_str).filter(|claimed| *claimed != word.by) {
            Some(claimed) => entry.with("initiator", claimed),
            None => entry,
        };
        cx.log().note(word.by, refused_for(entry, why.cause).with("cause", why.cause.name())).await;
    }
    done
}
