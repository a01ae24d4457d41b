//! P-Preferred-Identity: RFC 3325 clause 9.2.

use std::ops::Deref;

use super::{NameAddr, Typed};
use crate::{Malformed, Name};

/// Which of its identities a user agent asks its trusted proxy to assert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PPreferredIdentity<'a>(pub NameAddr<'a>);

impl<'a> Deref for PPreferredIdentity<'a> {
    type Target = NameAddr<'a>;

    fn deref(&self) -> &NameAddr<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for PPreferredIdentity<'a> {
    const NAME: Name = Name::PPreferredIdentity;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        NameAddr::parse(value).map(Self)
    }
}
