//! User-Agent: RFC 3261 clause 20.41.

use super::{Typed, product_list};
use crate::{Malformed, Name, lex::whole};

/// The software of the requesting user agent. Products and comments as written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserAgent<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for UserAgent<'a> {
    const NAME: Name = Name::UserAgent;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, product_list).map(Self)
    }
}
