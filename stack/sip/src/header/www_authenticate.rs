//! WWW-Authenticate: RFC 3261 clause 20.44.

use std::ops::Deref;

use super::{AuthScheme, Typed};
use crate::{Malformed, Name};

/// A challenge by the answering user agent or registrar (401).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WwwAuthenticate<'a>(pub AuthScheme<'a>);

impl<'a> Deref for WwwAuthenticate<'a> {
    type Target = AuthScheme<'a>;

    fn deref(&self) -> &AuthScheme<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for WwwAuthenticate<'a> {
    const NAME: Name = Name::WwwAuthenticate;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        AuthScheme::parse(value).map(Self)
    }
}
