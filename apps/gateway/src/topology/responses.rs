//! Responses across the border. The driver restores Via, From, To, Call-ID and CSeq; the rest is cleaned here.

use sip::{Edits, Message, Name, Warning};

use super::{Hosts, Value, fields};

/// Edits a response that goes to a partner: what concerns only the inside stays, Warnings come from `host`.
pub(crate) fn clean_from_within(response: &Message, internal: &Hosts, host: &str, edits: &mut Edits) {
    // A body whose type cannot cross is not read by anybody; the driver takes it off with its Content-Type.
    let _exposed = fields::leave_out(response, internal, edits);
    edits.remove(Name::PAssertedIdentity);
    if response.header(Name::Warning).is_some() {
        match public_warnings(response, internal, host) {
            warnings if warnings.is_empty() => edits.remove(Name::Warning),
            warnings => edits.set(Name::Warning, &warnings),
        };
    }
}

/// Edits a response that a partner sent: what only a trusted neighbour may assert is taken off (RFC 3325 5), and so
/// is what describes its equipment.
pub(crate) fn clean_from_outside(response: &Message, edits: &mut Edits) {
    let unwelcome = |name: Name| {
        fields::NOT_FROM_OUTSIDE.contains(&name) || matches!(name, Name::Server | Name::UserAgent)
    };
    for header in response.headers().filter(|h| unwelcome(h.name) || fields::asserts_an_identity(h)) {
        fields::remove(&header, edits);
    }
}

/// Each Warning with our host in place of whoever warned (RFC 3261 20.43); those whose text names something internal
/// are left out.
fn public_warnings(response: &Message, internal: &Hosts, host: &str) -> Value {
    let mut warnings = Value::new();
    let readable = response.all::<Warning<'_>>().filter_map(Result::ok);
    for warning in readable.filter(|warning| !internal.occur_in(warning.text)) {
        if !warnings.is_empty() {
            warnings.extend_from_slice(b", ");
        }
        warnings.extend_from_slice(warning.code.to_string().as_bytes());
        warnings.push(b' ');
        warnings.extend_from_slice(host.as_bytes());
        warnings.extend_from_slice(b" \"");
        warnings.extend_from_slice(warning.text);
        warnings.push(b'"');
    }
    warnings
}
