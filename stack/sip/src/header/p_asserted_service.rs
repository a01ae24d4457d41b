//! P-Asserted-Service: RFC 6050 clause 4.1.

use super::{Typed, service_id};
use crate::{Malformed, Name, lex::whole};

/// The service that a trusted element says the request belongs to. A URN such as `urn:urn-7:3gpp-service.ims.icsi.mcptt`, compared without regard to case up to and with `urn-7`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PAssertedService<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for PAssertedService<'a> {
    const NAME: Name = Name::PAssertedService;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, service_id).map(Self)
    }
}
