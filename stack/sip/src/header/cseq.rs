//! CSeq: RFC 3261 clause 20.16.

use nom::sequence::separated_pair;

use super::Typed;
use crate::{
    Malformed, Method, Name,
    lex::{lws, number, token, whole},
};

/// The order of requests within a dialog, and the method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CSeq<'a> {
    /// 0 to 2^32-1. A sender keeps below 2^31 (clause 8.1.1.5).
    pub number: u32,
    /// Must be that of the request line.
    pub method: Method<'a>,
}

impl<'a> Typed<'a> for CSeq<'a> {
    const NAME: Name = Name::CSeq;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, separated_pair(number(u64::from(u32::MAX)), lws, token)).map(|(number, method)| Self {
            number: u32::try_from(number).unwrap_or(u32::MAX),
            method: Method::from_bytes(method),
        })
    }
}
