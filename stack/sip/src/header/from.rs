//! From: RFC 3261 clause 20.20.

use std::ops::Deref;

use super::{NameAddr, Typed};
use crate::{Malformed, Name};

/// Whom the request is from, as its sender says; its tag is that of the calling end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct From<'a>(pub NameAddr<'a>);

impl<'a> Deref for From<'a> {
    type Target = NameAddr<'a>;

    fn deref(&self) -> &NameAddr<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for From<'a> {
    const NAME: Name = Name::From;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        NameAddr::parse(value).map(Self)
    }
}
