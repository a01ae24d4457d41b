//! `result` of `interconnection-info`.

use std::borrow::Cow;

use xml::{Element, Malformed, Writer};

use super::{NS, OWN};
use crate::{
    body::{
        Kept,
        kept::{fields, once},
    },
    lexical::{Lexical, text_of},
};

/// What came of a request, for one target or over all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResultInfo {
    /// `outcome`.
    pub outcome: Outcome,
    /// `cause-code`: why not.
    pub cause_code: Option<u16>,
    /// `cause-text`: why not, for people.
    pub cause_text: Option<String>,
    /// Every other child.
    pub kept: Kept,
}

/// The kinds of outcome.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// Done.
    Success,
    /// Not done.
    Fail,
    /// Done for some targets.
    Partial,
}

impl ResultInfo {
    /// An outcome without a cause.
    #[must_use]
    pub fn new(outcome: Outcome) -> Self {
        Self { outcome, cause_code: None, cause_text: None, kept: Kept::default() }
    }

    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let (mut outcome, mut cause_code, mut cause_text, mut kept) = (None, None, None, Kept::default());
        for field in fields(element, NS) {
            let at = field.element;
            match field.name(NS) {
                "outcome" => once(&mut outcome, at, text_of(at)?)?,
                "cause-code" => once(&mut cause_code, at, text_of(at)?)?,
                "cause-text" => once(&mut cause_text, at, text_of(at)?)?,
                _ => kept.keep(field, OWN),
            }
        }
        let outcome = outcome.ok_or_else(|| element.fault("a required element is missing: outcome"))?;
        Ok(Self { outcome, cause_code, cause_text, kept })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.element("result", &[], |w| {
            w.leaf("outcome", &self.outcome.write());
            if let Some(code) = self.cause_code {
                w.leaf("cause-code", &code.to_string());
            }
            if let Some(text) = &self.cause_text {
                w.leaf("cause-text", text);
            }
            self.kept.write_end(w, OWN, None);
        });
    }
}

impl Lexical for Outcome {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        match text {
            "success" => Ok(Self::Success),
            "fail" => Ok(Self::Fail),
            "partial" => Ok(Self::Partial),
            _ => Err("not one of success, fail, partial".into()),
        }
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Success => "success",
            Self::Fail => "fail",
            Self::Partial => "partial",
        })
    }
}
