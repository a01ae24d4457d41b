//! P-Preferred-Service: RFC 6050 clause 4.2.

use super::{Typed, service_id};
use crate::{Malformed, Name, lex::whole};

/// The service that a user agent asks its trusted proxy to assert. A URN such as `urn:urn-7:3gpp-service.ims.icsi.mcptt`, compared without regard to case up to and with `urn-7`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PPreferredService<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for PPreferredService<'a> {
    const NAME: Name = Name::PPreferredService;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, service_id).map(Self)
    }
}
