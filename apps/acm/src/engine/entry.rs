//! What stands in the audit log of an act: TS 22.280 [R-6.1-004], TS 33.180 clause 10.

use audit::Entry;
use kit::Cx;
use xml_schemas::acm::Request;

use crate::{
    Acm,
    case::{Case, Kept},
    people::subjects,
};

/// Users and groups that one entry names at most; the rest is counted.
const NAMED: usize = 32;

/// Somebody did something about a request: `acm.request.asked`, by whom, to whom, in which flow.
pub(crate) fn entry(cx: &Cx<Acm>, case: &Case, what: &str, by: &str) -> Entry {
    let entry = Entry::new(cx.world().clock.wall(), format!("acm.request.{what}"), by)
        .of(case.key.request_id().as_str())
        .partner(case.partner.as_str())
        .on(case.target.as_str())
        .with("flow", case.kind.request())
        .with("initiator", case.initiator.id.as_str());
    match case.cause {
        Some(cause) => entry.with("cause", cause.name()),
        None => entry,
    }
}

/// The same of something that came or goes: its bytes are in the log by their digest. Names whom the request is about, where that can be
/// read.
pub(crate) fn entry_with(cx: &Cx<Acm>, case: &Case, what: &str, by: &str, kept: &Kept) -> Entry {
    let bytes = kept.parts().iter().flat_map(|part| part.bytes.to_vec()).collect::<Vec<u8>>();
    let entry = entry(cx, case, what, by).bytes(&bytes);
    let request = if kept.as_request().is_ok() { kept } else { &case.request };
    match request.as_request() {
        Ok(request) => about(entry, &request),
        Err(_) => entry,
    }
}

/// The users and groups that a request is about.
pub(super) fn about(entry: Entry, request: &Request) -> Entry {
    let (groups, users) = subjects(request);
    let all = groups.iter().map(|group| group.as_str()).chain(users.iter().map(|user| user.as_str()));
    let entry = all.clone().take(NAMED).fold(entry, |entry, name| entry.on(name));
    match all.count().saturating_sub(NAMED) {
        0 => entry,
        more => entry.with("more", more.to_string()),
    }
}

/// What a decision was, for its entry.
pub(crate) fn ruled(entry: Entry, case: &Case) -> Entry {
    match &case.decision {
        Some(made) => entry.ruled(if made.is_yes { "allow" } else { "refuse" }, made.rule.as_str()),
        None => entry,
    }
}
