//! Call-ID: RFC 3261 clause 20.8.

use super::Typed;
use crate::{Malformed, Name};

/// Names a call, or all registrations of one client. Compared octet by octet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallId<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for CallId<'a> {
    const NAME: Name = Name::CallId;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        match value.iter().position(|byte| !byte.is_ascii_graphic()) {
            _ if value.is_empty() => Err(Malformed::new("is empty", 0)),
            Some(at) => Err(Malformed::new("has a forbidden octet", at)),
            None => Ok(Self(value)),
        }
    }
}
