//! Service-Route: RFC 3608 clause 5.

use std::ops::Deref;

use super::{NameAddr, Typed};
use crate::{Malformed, Name};

/// One element through which the registered user asks for service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServiceRoute<'a>(pub NameAddr<'a>);

impl<'a> Deref for ServiceRoute<'a> {
    type Target = NameAddr<'a>;

    fn deref(&self) -> &NameAddr<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for ServiceRoute<'a> {
    const NAME: Name = Name::ServiceRoute;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        NameAddr::parse_bracketed(value).map(Self)
    }
}
