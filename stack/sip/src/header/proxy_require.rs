//! Proxy-Require: RFC 3261 clause 20.29.

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{token, whole},
};

/// One option that every proxy on the way must support.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProxyRequire<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for ProxyRequire<'a> {
    const NAME: Name = Name::ProxyRequire;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, token).map(Self)
    }
}
