//! SIP-If-Match: RFC 3903 clause 11.3.2.

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{token, whole},
};

/// Names the published state that a PUBLISH refreshes, changes or removes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SipIfMatch<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for SipIfMatch<'a> {
    const NAME: Name = Name::SipIfMatch;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, token).map(Self)
    }
}
