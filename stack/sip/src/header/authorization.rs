//! Authorization: RFC 3261 clause 20.7.

use std::ops::Deref;

use super::{AuthScheme, Typed};
use crate::{Malformed, Name};

/// Credentials for the answering user agent or registrar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Authorization<'a>(pub AuthScheme<'a>);

impl<'a> Deref for Authorization<'a> {
    type Target = AuthScheme<'a>;

    fn deref(&self) -> &AuthScheme<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for Authorization<'a> {
    const NAME: Name = Name::Authorization;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        AuthScheme::parse(value).map(Self)
    }
}
