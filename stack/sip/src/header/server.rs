//! Server: RFC 3261 clause 20.35.

use super::{Typed, product_list};
use crate::{Malformed, Name, lex::whole};

/// The software of the answering user agent. Products and comments as written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Server<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for Server<'a> {
    const NAME: Name = Name::Server;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, product_list).map(Self)
    }
}
