//! Supported: RFC 3261 clause 20.37.

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{token, whole},
};

/// One option that the sender supports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Supported<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for Supported<'a> {
    const NAME: Name = Name::Supported;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, token).map(Self)
    }
}
