//! Proxy-Authorization: RFC 3261 clause 20.28.

use std::ops::Deref;

use super::{AuthScheme, Typed};
use crate::{Malformed, Name};

/// Credentials for a proxy on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProxyAuthorization<'a>(pub AuthScheme<'a>);

impl<'a> Deref for ProxyAuthorization<'a> {
    type Target = AuthScheme<'a>;

    fn deref(&self) -> &AuthScheme<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for ProxyAuthorization<'a> {
    const NAME: Name = Name::ProxyAuthorization;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        AuthScheme::parse(value).map(Self)
    }
}
