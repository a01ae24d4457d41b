//! `result`: what came of a request, in the project's own bodies. Each of them has outcomes of its own.

use xml::{Element, Malformed, Writer};

use super::{
    Kept,
    kept::{Own, fields, once},
};
use crate::lexical::{Lexical, text_of};

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
                "cause-text" => once(&mut cause_text, at, text_of(at)?)?,
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
