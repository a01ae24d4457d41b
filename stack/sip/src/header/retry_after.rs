//! Retry-After: RFC 3261 clause 20.33.

use nom::{
    combinator::opt,
    sequence::{preceded, terminated},
};

use super::Typed;
use crate::{
    Malformed, Name, Params,
    lex::{comment, number, sws, whole},
    params::params,
};

/// When to try again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetryAfter<'a> {
    /// After how many seconds.
    pub seconds: u32,
    /// Why, in parentheses; empty where there is none.
    pub comment: &'a [u8],
    /// All parameters.
    pub params: Params<'a>,
}

impl<'a> Typed<'a> for RetryAfter<'a> {
    const NAME: Name = Name::RetryAfter;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let seconds = terminated(number(u64::from(u32::MAX)), sws);
        whole(value, (seconds, opt(preceded(sws, comment)), params)).map(|(seconds, comment, params)| Self {
            seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            comment: comment.unwrap_or_default(),
            params,
        })
    }
}
