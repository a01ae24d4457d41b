//! `result` of `acm-info`.

use std::borrow::Cow;

use crate::{body::result_info, lexical::Lexical};

/// Where a request stands, or what came of it, or of one entry of its list.
pub type ResultInfo = result_info::ResultInfo<State>;

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
