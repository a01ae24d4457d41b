//! Require: RFC 3261 clause 20.32.

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{token, whole},
};

/// One option that the answering user agent must support.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Require<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for Require<'a> {
    const NAME: Name = Name::Require;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, token).map(Self)
    }
}
