//! Responses across the border. The driver restores Via, From, To, Call-ID and CSeq; the rest is cleaned here.

use sip::{Edits, Message, Name, To, Warning};

use super::{Dialog, Hiding, Hosts, Kind, Stayed, Value, fields, with_tag_after, without_params};

impl Hiding<'_> {
    /// Edits a response that goes to a partner: what concerns only the inside stays, Warnings come from the gateway,
    /// a To tag that names something internal is sealed. What cannot be made anew is left out.
    pub fn response(
        &self,
        response: &Message,
        request: &Message,
        dialog: Dialog,
        edits: &mut Edits,
        stayed: &mut Stayed,
    ) {
        let exposed = fields::leave_out(response, self.allowed, self.internal, edits, stayed).is_err();
        if exposed || self.internal.occur_in(response.body()) {
            edits.drop_body();
        }
        if self.internal.occur_in(response.reason()) {
            edits.customary_reason();
        }
        for name in [Name::From, Name::CallId, Name::CSeq] {
            if let Some(theirs) = request.header(name).filter(|theirs| response.header(name) != Some(*theirs))
            {
                edits.set(name, theirs);
            }
        }
        if let Some(to) = self.answering_to(response, request, dialog) {
            edits.set(Name::To, &to);
        }
        if response.header(Name::Warning).is_some() {
            match public_warnings(response, self.internal, self.host) {
                warnings if warnings.is_empty() => edits.remove(Name::Warning),
                warnings => edits.set(Name::Warning, &warnings),
            };
        }
    }

    /// To as the partner wrote it, with the answering end's tag sealed: always where a dialog may begin, whose later
    /// requests bear it in From; elsewhere where it may not be seen. None where it stands as it is.
    fn answering_to(&self, response: &Message, request: &Message, dialog: Dialog) -> Option<Value> {
        let asked = request.typed::<To<'_>>().ok().flatten()?;
        if asked.tag().is_some() {
            return None;
        }
        let begins = dialog.hidden && fields::has_dialog(request);
        let to = response.typed::<To<'_>>().ok().flatten()?;
        let shows = || response.header(Name::To).is_some_and(|to| self.internal.occur_in(to));
        let tag = to.tag().filter(|_| begins || shows())?;
        let sealed = self.seal(dialog.key, Kind::Tag, tag).ok()?;
        Some(with_tag_after(without_params(request.header(Name::To)?, &asked), &sealed))
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
