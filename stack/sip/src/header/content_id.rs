//! Content-ID: RFC 8262 for a SIP message's own body, RFC 2045 clause 7 for a part's.

use super::Typed;
use crate::{Malformed, Name, lex::trim};

/// Names a body or a part, for others to refer to by a `cid:` URL. Without its angle brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContentId<'a>(pub &'a [u8]);

impl<'a> Typed<'a> for ContentId<'a> {
    const NAME: Name = Name::ContentId;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let inner = trim(value).strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">"));
        match inner {
            Some(id)
                if !id.is_empty() && id.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>')) =>
            {
                Ok(Self(id))
            }
            _ => Err(Malformed::new("is not an identifier in angle brackets", 0)),
        }
    }
}
