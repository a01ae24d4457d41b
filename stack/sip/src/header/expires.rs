//! Expires: RFC 3261 clause 20.19.

use nom::Parser;

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{number, whole},
};

/// After how many seconds the message, or what it creates, expires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expires(pub u32);

impl<'a> Typed<'a> for Expires {
    const NAME: Name = Name::Expires;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(
            value,
            number(u64::from(u32::MAX)).map(|number| Self(u32::try_from(number).unwrap_or(u32::MAX))),
        )
    }
}
