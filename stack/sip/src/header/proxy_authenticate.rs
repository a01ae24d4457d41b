//! Proxy-Authenticate: RFC 3261 clause 20.27.

use std::ops::Deref;

use super::{AuthScheme, Typed};
use crate::{Malformed, Name};

/// A challenge by a proxy (407).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProxyAuthenticate<'a>(pub AuthScheme<'a>);

impl<'a> Deref for ProxyAuthenticate<'a> {
    type Target = AuthScheme<'a>;

    fn deref(&self) -> &AuthScheme<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for ProxyAuthenticate<'a> {
    const NAME: Name = Name::ProxyAuthenticate;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        AuthScheme::parse(value).map(Self)
    }
}
