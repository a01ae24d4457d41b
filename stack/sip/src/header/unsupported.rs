//! Unsupported: RFC 3261 clause 20.40.

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{token, whole},
};

/// One option that was required and is not supported (420).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsupported<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for Unsupported<'a> {
    const NAME: Name = Name::Unsupported;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, token).map(Self)
    }
}
