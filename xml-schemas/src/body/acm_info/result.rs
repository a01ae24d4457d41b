//! `result` of `acm-info`.

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

/// Where a request stands, or what came of it, or of one entry of its list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResultInfo {
    /// `outcome`.
    pub outcome: State,
    /// `cause-code`: why.
    pub cause_code: Option<u16>,
    /// `cause-text`: why, for people.
    pub cause_text: Option<String>,
    /// Every other child.
    pub kept: Kept,
}

/// The values of `outcome`. [`State::Unconfirmed`], [`State::Expired`] and [`State::Withdrawn`] are the project's own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum State {
    /// `unconfirmed`: the server of the other system has not said that it has the request, or what became of it.
    Unconfirmed,
    /// `stored`: the server of the other system has it (TS 23.280 10.17.7.2 step 4, process indication).
    Stored,
    /// `in-process`: somebody has it in hand there.
    InProcess,
    /// `success`: answered yes.
    Success,
    /// `partial`: answered yes for some.
    Partial,
    /// `fail`: answered no.
    Fail,
    /// `expired`: its time ran out before an answer.
    Expired,
    /// `withdrawn`: its initiator took it back before an answer.
    Withdrawn,
}

const NAMES: [(State, &str); 8] = [
    (State::Unconfirmed, "unconfirmed"),
    (State::Stored, "stored"),
    (State::InProcess, "in-process"),
    (State::Success, "success"),
    (State::Partial, "partial"),
    (State::Fail, "fail"),
    (State::Expired, "expired"),
    (State::Withdrawn, "withdrawn"),
];

impl State {
    /// Whether nothing can come after it.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Unconfirmed | Self::Stored | Self::InProcess)
    }

    /// Its name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }
}

impl ResultInfo {
    /// A state without a cause.
    #[must_use]
    pub fn new(outcome: State) -> Self {
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
            w.leaf("outcome", self.outcome.name());
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

impl Lexical for State {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        let known = NAMES.iter().find(|(_, name)| *name == text).map(|(state, _)| *state);
        known.ok_or_else(|| {
            "not one of unconfirmed, stored, in-process, success, partial, fail, expired, withdrawn".into()
        })
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.name())
    }
}
