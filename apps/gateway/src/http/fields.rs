//! Which fields of a request cross the border, and what becomes of them.
//!
//! The table is the list of all that pass; everything else stays on its side: credentials, cookies, what tells of software,
//! caches and addresses, and whatever belongs to one connection (RFC 9110 7.6.1).

use http::{HeaderMap, HeaderName, HeaderValue, header};
use kit::{partner::ASSERTED_IDENTITY, refusal::FLOW_FIELD};
use xml_schemas::ids::RequestId;

use super::{loops, passage::Passage};
use crate::{metrics::Direction, topology::Hosts};

/// What passes with a request, in either direction.
static REQUEST: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH, header::ACCEPT];

/// What passes with a response, in either direction, beside what `answers` decides about.
pub(super) static RESPONSE: [HeaderName; 2] = [header::CONTENT_TYPE, header::ETAG];

/// Fills in the fields of a request that goes on.
pub(super) fn request(passage: &Passage<'_>, asserted: &HeaderValue, host: &str, onward: &mut HeaderMap) {
    let came = passage.request.headers();
    let leaves = passage.direction == Direction::Outbound;
    pass(&REQUEST, came, passage.hidden(), onward);
    onward.insert(ASSERTED_IDENTITY, asserted.clone());
    if let Some(via) = loops::via(came, passage.request.version(), host, leaves) {
        onward.insert(header::VIA, via);
    }
    let is_open =
        |flow: &String| !passage.hidden().is_some_and(|internal| internal.occur_in(flow.as_bytes()));
    if let Some(flow) = flow(came).filter(is_open).and_then(|flow| HeaderValue::try_from(flow).ok()) {
        onward.insert(FLOW_FIELD, flow);
    }
}

/// Copies those fields of the list that name nothing of the inside.
pub(super) fn pass(list: &[HeaderName], came: &HeaderMap, hidden: Option<&Hosts>, onward: &mut HeaderMap) {
    for name in list {
        for value in came.get_all(name) {
            if !hidden.is_some_and(|internal| internal.occur_in(value.as_bytes())) {
                onward.append(name, value.clone());
            }
        }
    }
}

/// The flow that a message says it belongs to: the same names as request identifiers have, since that is what they are.
pub(super) fn flow(fields: &HeaderMap) -> Option<String> {
    let flow = fields.get(FLOW_FIELD)?.to_str().ok()?;
    RequestId::new(flow).ok().map(|flow| flow.as_str().to_owned())
}

/// An identity as X-3GPP-Asserted-Identity writes it (TS 24.109 clause 5.3.2.2); empty where it cannot stand there.
pub(crate) fn quoted(identity: &str) -> HeaderValue {
    let is_plain = !identity.contains(['"', '\\', ',']);
    let quoted = is_plain.then(|| HeaderValue::try_from(format!("\"{identity}\"")).ok()).flatten();
    quoted.unwrap_or(HeaderValue::from_static(""))
}
