//! `result`: what came of a request, in the project's own bodies. Each of them has outcomes of its own.

use xml::{Element, Malformed, Writer};

use super::{
    Kept,
    kept::{Own, fields, once},
};
use crate::lexical::{Lexical, text_of};

/// Characters of a reason that are kept: it goes on to people, and what another system says is as long as that likes.
const LONGEST: usize = 256;

/// What came of a request, or of one entry of its list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResultInfo<O> {
    /// `outcome`.
    pub outcome: O,
    /// `cause-code`: why.
    pub cause_code: Option<u16>,
    /// `cause-text`: why, for people.
    pub cause_text: Option<String>,
    /// Every other child.
    pub kept: Kept,
}

impl<O: Lexical> ResultInfo<O> {
    /// An outcome without a cause.
    #[must_use]
    pub fn new(outcome: O) -> Self {
        Self { outcome, cause_code: None, cause_text: None, kept: Kept::default() }
    }

    pub(super) fn read(element: Element<'_>, own: Own) -> Result<Self, Malformed> {
        let (mut outcome, mut cause_code, mut cause_text, mut kept) = (None, None, None, Kept::default());
        for field in fields(element, own.namespace) {
            let at = field.element;
            match field.name(own.namespace) {
                "outcome" => once(&mut outcome, at, text_of(at)?)?,
                "cause-code" => once(&mut cause_code, at, text_of(at)?)?,
                "cause-text" => once(&mut cause_text, at, bounded(text_of(at)?))?,
                _ => kept.keep(field, own),
            }
        }
        let outcome = outcome.ok_or_else(|| element.fault("a required element is missing: outcome"))?;
        Ok(Self { outcome, cause_code, cause_text, kept })
    }

    pub(super) fn write(&self, w: &mut Writer, own: Own) {
        w.element("result", &[], |w| {
            w.leaf("outcome", &self.outcome.write());
            if let Some(code) = self.cause_code {
                w.leaf("cause-code", &code.to_string());
            }
            if let Some(text) = &self.cause_text {
                w.leaf("cause-text", text);
            }
            self.kept.write_end(w, own, None);
        });
    }
}

fn bounded(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_reason_the_beginning_is_kept() {
        assert_eq!(bounded("é".repeat(LONGEST)), "é".repeat(LONGEST));
        assert_eq!(bounded("é".repeat(LONGEST + 1)), "é".repeat(LONGEST));
    }
}
