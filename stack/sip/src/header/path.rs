//! Path: RFC 3327 clause 4.

use std::ops::Deref;

use super::{NameAddr, Typed};
use crate::{Malformed, Name};

/// One element on the way from the registrar to the registered contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Path<'a>(pub NameAddr<'a>);

impl<'a> Deref for Path<'a> {
    type Target = NameAddr<'a>;

    fn deref(&self) -> &NameAddr<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for Path<'a> {
    const NAME: Name = Name::Path;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        NameAddr::parse_bracketed(value).map(Self)
    }
}
