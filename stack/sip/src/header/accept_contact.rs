//! Accept-Contact: RFC 3841 clause 9.2.

use nom::character::complete::char;

use super::Typed;
use crate::{Malformed, Name, Params, lex::whole, params::params};

/// One set of features that the addressee's contact should have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AcceptContact<'a> {
    /// Feature tags such as `+g.3gpp.icsi-ref`, and the flags `require` and `explicit`.
    pub params: Params<'a>,
}

impl AcceptContact<'_> {
    /// Whether contacts without these features must not be used (clause 7.2.4).
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.params.has("require")
    }

    /// Whether contacts that do not state these features must not be used (clause 7.2.4).
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        self.params.has("explicit")
    }
}

impl<'a> Typed<'a> for AcceptContact<'a> {
    const NAME: Name = Name::AcceptContact;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, (char('*'), params)).map(|(_, params)| Self { params })
    }
}
