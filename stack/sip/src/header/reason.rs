//! Reason: RFC 3326 clause 2.

use super::Typed;
use crate::{
    Malformed, Name, Params,
    lex::{number, token, whole},
    params::params,
};

/// Why a request was sent, in the terms of one protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reason<'a> {
    /// `SIP`, `Q.850` or another token.
    pub protocol: &'a [u8],
    /// All parameters.
    pub params: Params<'a>,
}

impl<'a> Reason<'a> {
    /// A status code where the protocol is SIP.
    #[must_use]
    pub fn cause(&self) -> Option<u32> {
        whole(self.params.get("cause")?, number(u64::from(u32::MAX))).ok().and_then(|n| u32::try_from(n).ok())
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> Option<&'a [u8]> {
        self.params.get("text")
    }
}

impl<'a> Typed<'a> for Reason<'a> {
    const NAME: Name = Name::Reason;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, (token, params)).map(|(protocol, params)| Self { protocol, params })
    }
}
