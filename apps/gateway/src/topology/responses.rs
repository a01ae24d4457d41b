//! Responses across the border. The driver restores Via, From, To, Call-ID and CSeq; the rest is cleaned here.

use sip::{Edits, Message, Name, To, Warning};

use super::{Hiding, Hosts, Kind, Value, fields, with_tag_after, without_params};

impl Hiding<'_> {
    /// Edits a response that goes to a partner: what concerns only the inside stays, Warnings come from the gateway,
    /// a To tag that names something internal is sealed. What cannot be made anew is left out.
    pub fn response(&self, response: &Message, request: &Message, edits: &mut Edits) {
        let exposed = fields::leave_out(response, self.internal, edits).is_err();
        if exposed || self.internal.occur_in(response.body()) {
            edits.drop_body();
        }
        if self.internal.occur_in(response.reason()) {
            edits.customary_reason();
        }
        if let Some(to) = self.answering_to(response, request) {
            edits.set(Name::To, &to);
        }
        edits.remove(Name::PAssertedIdentity);
        if response.header(Name::Warning).is_some() {
            match public_warnings(response, self.internal, self.host) {
                warnings if warnings.is_empty() => edits.remove(Name::Warning),
                warnings => edits.set(Name::Warning, &warnings),
            };
        }
    }

    /// To as the partner wrote it, with the answering end's tag sealed; none where the tag may be seen.
    fn answering_to(&self, response: &Message, request: &Message) -> Option<Value> {
        let to = response.typed::<To<'_>>().ok().flatten()?;
        let tag = to.tag().filter(|tag| self.internal.occur_in(tag))?;
        let asked = request.typed::<To<'_>>().ok().flatten()?;
        let sealed = self.sealer.seal(Kind::Tag, self.partner, tag).ok()?;
        Some(with_tag_after(without_params(request.header(Name::To)?, &asked), &sealed))
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
