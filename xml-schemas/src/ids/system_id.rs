//! Which MC system.

use std::{fmt, str::FromStr, sync::Arc};

use super::{BadId, is_host};

/// An MC system, by its domain in lower case. Written `sip:domain` on the wire. Not personal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SystemId(Arc<str>);

impl SystemId {
    /// Reads a domain (`primary.example`) or the URI of one (`sip:primary.example`).
    ///
    /// # Errors
    /// [`BadId`] when it is neither.
    pub fn new(text: &str) -> Result<Self, BadId> {
        let domain = match text.split_once(':') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sip") => rest,
            _ => text,
        };
        if is_host(domain) {
            Ok(Self(domain.to_ascii_lowercase().into()))
        } else {
            Err(BadId { what: "MC system ID", rule: "it is not a domain" })
        }
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.0
    }

    /// The URI as it is written on the wire.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("sip:{}", self.0)
    }
}

impl FromStr for SystemId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::new(text)
    }
}

impl fmt::Display for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
