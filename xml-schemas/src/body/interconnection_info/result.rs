//! `result` of `interconnection-info`.

use std::borrow::Cow;

use crate::{body::result_info, lexical::Lexical};

/// What came of a request, for one target or over all.
pub type ResultInfo = result_info::ResultInfo<Outcome>;

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
