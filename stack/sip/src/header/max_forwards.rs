//! Max-Forwards: RFC 3261 clause 20.22.

use nom::Parser;

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{number, whole},
};

/// How many more hops the request may take, 0 to 255.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MaxForwards(pub u8);

impl<'a> Typed<'a> for MaxForwards {
    const NAME: Name = Name::MaxForwards;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, number(255).map(|number| Self(u8::try_from(number).unwrap_or(u8::MAX))))
    }
}
