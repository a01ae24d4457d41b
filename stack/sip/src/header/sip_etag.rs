//! SIP-ETag: RFC 3903 clause 11.3.1.

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{token, whole},
};

/// Names the published state that a 2xx to PUBLISH confirms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SipEtag<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for SipEtag<'a> {
    const NAME: Name = Name::SipEtag;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, token).map(Self)
    }
}
