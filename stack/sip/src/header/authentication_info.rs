//! Authentication-Info: RFC 3261 clause 20.6.

use std::ops::Deref;

use super::{AuthParams, Typed};
use crate::{Malformed, Name};

/// What the server proves of itself in return, and the next nonce.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuthenticationInfo<'a>(pub AuthParams<'a>);

impl<'a> Deref for AuthenticationInfo<'a> {
    type Target = AuthParams<'a>;

    fn deref(&self) -> &AuthParams<'a> {
        &self.0
    }
}

impl<'a> Typed<'a> for AuthenticationInfo<'a> {
    const NAME: Name = Name::AuthenticationInfo;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        AuthParams::parse(value).map(Self)
    }
}
