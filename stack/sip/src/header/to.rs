//! To: RFC 3261 clause 20.39.

use std::ops::Deref;

use super::{NameAddr, Typed};
use crate::{Malformed, Name};

/// Whom the request is meant for; its tag, once there is one, is that of the answering end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct To<'a>(pub NameAddr<'a>);

impl<'a> Deref for To<'a> {
    type Target = NameAddr<'a>;

    fn deref(&self) -> &NameAddr<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for To<'a> {
    const NAME: Name = Name::To;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        NameAddr::parse(value).map(Self)
    }
}
