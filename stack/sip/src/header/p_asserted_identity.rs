//! P-Asserted-Identity: RFC 3325 clause 9.1.

use std::ops::Deref;

use super::{NameAddr, Typed};
use crate::{Malformed, Name};

/// Who the sender is, as a trusted element vouches for. Worth nothing from anyone else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PAssertedIdentity<'a>(pub NameAddr<'a>);

impl<'a> Deref for PAssertedIdentity<'a> {
    type Target = NameAddr<'a>;

    fn deref(&self) -> &NameAddr<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for PAssertedIdentity<'a> {
    const NAME: Name = Name::PAssertedIdentity;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        NameAddr::parse(value).map(Self)
    }
}
