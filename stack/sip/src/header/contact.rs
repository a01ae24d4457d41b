//! Contact: RFC 3261 clause 20.10.

use super::{NameAddr, Typed};
use crate::{
    Malformed, Name, Params, Uri,
    lex::{number, trim, whole},
};

/// One address where the sender, or the registered user, can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contact<'a> {
    /// The URI as written; `*` for [`Contact::is_star`].
    pub uri: &'a [u8],
    /// The display name; empty where there is none.
    pub display: &'a [u8],
    /// Parameters of the header field, feature tags among them.
    pub params: Params<'a>,
}

impl<'a> Contact<'a> {
    /// Whether it is the star that removes every registration (RFC 3261 clause 10.2.2).
    #[must_use]
    pub fn is_star(&self) -> bool {
        self.uri == b"*"
    }

    /// Seconds, where the parameter is there; what is out of range or no number counts as 3600 (RFC 3261 clause 10.2.1.1
    /// and clause 20.10).
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        let raw = self.params.get("expires")?;
        Some(whole(raw, number(u64::from(u32::MAX))).ok().and_then(|n| u32::try_from(n).ok()).unwrap_or(3600))
    }

    /// The instance of RFC 5626 clause 4.1, with its angle brackets.
    #[must_use]
    pub fn instance(&self) -> Option<&'a [u8]> {
        self.params.get("+sip.instance")
    }

    /// The URI, parsed.
    ///
    /// # Errors
    /// [`Malformed`] with the offset in the URI.
    pub fn parse_uri(&self) -> Result<Uri<'a>, Malformed> {
        Uri::parse(self.uri)
    }
}

impl<'a> Typed<'a> for Contact<'a> {
    const NAME: Name = Name::Contact;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        if trim(value) == b"*" {
            return Ok(Self { uri: trim(value), display: b"", params: Params::default() });
        }
        let NameAddr { display, uri, params } = NameAddr::parse(value)?;
        Ok(Self { uri, display, params })
    }
}
