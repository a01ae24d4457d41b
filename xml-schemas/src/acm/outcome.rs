//! What came of a request.

use super::{Refusal, sheet};
use crate::{
    body::acm_info::{ResultInfo, State},
    flow::BadBody,
};

/// `result` of a response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Yes.
    Success,
    /// Yes, for some of what was asked; the response says for which.
    Partial,
    /// No, and why.
    Failure(Refusal),
}

impl Outcome {
    /// The same as a state of the request.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Success => State::Success,
            Self::Partial => State::Partial,
            Self::Failure(_) => State::Fail,
        }
    }

    /// Of this many that were asked for, so many were granted; `why` not, where none was.
    #[must_use]
    pub fn of_count(granted: usize, asked: usize, why: Refusal) -> Self {
        match granted {
            0 => Self::Failure(why),
            all if all >= asked => Self::Success,
            _ => Self::Partial,
        }
    }

    /// The result that the table marks M.
    pub(super) fn read(result: Option<&ResultInfo>) -> Result<Self, BadBody> {
        let result = result.ok_or_else(|| sheet::missing("result"))?;
        match result.outcome {
            State::Success => Ok(Self::Success),
            State::Partial => Ok(Self::Partial),
            State::Fail => {
                Ok(Self::Failure(Refusal { code: result.cause_code, text: result.cause_text.clone() }))
            }
            _ => Err(BadBody::Contradiction { rule: "the result of a response is none" }),
        }
    }

    pub(super) fn write(&self) -> ResultInfo {
        match self {
            Self::Success | Self::Partial => ResultInfo::new(self.state()),
            Self::Failure(why) => result_of(State::Fail, why),
        }
    }
}

/// A state with its cause.
pub(super) fn result_of(state: State, why: &Refusal) -> ResultInfo {
    ResultInfo { cause_code: why.code, cause_text: why.text.clone(), ..ResultInfo::new(state) }
}
