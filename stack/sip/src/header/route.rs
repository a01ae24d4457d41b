//! Route: RFC 3261 clause 20.34.

use std::ops::Deref;

use super::{NameAddr, Typed};
use crate::{Malformed, Name};

/// One element that the request is still to visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route<'a>(pub NameAddr<'a>);

impl<'a> Deref for Route<'a> {
    type Target = NameAddr<'a>;

    fn deref(&self) -> &NameAddr<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for Route<'a> {
    const NAME: Name = Name::Route;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        NameAddr::parse_bracketed(value).map(Self)
    }
}
