//! Record-Route: RFC 3261 clause 20.30.

use std::ops::Deref;

use super::{NameAddr, Typed};
use crate::{Malformed, Name};

/// One element that asks to stay on the path of the dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordRoute<'a>(pub NameAddr<'a>);

impl<'a> Deref for RecordRoute<'a> {
    type Target = NameAddr<'a>;

    fn deref(&self) -> &NameAddr<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for RecordRoute<'a> {
    const NAME: Name = Name::RecordRoute;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        NameAddr::parse_bracketed(value).map(Self)
    }
}
