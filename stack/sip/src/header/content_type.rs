//! Content-Type: RFC 3261 clause 20.15.

use nom::{Parser, sequence::separated_pair};

use super::Typed;
use crate::{
    Malformed, Name, Param, Params,
    lex::{Parsed, separator, token, whole},
    params::params,
};

/// What the body is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContentType<'a> {
    /// Before the slash, in any case.
    pub kind: &'a [u8],
    /// After the slash, in any case.
    pub subtype: &'a [u8],
    /// All parameters.
    pub params: Params<'a>,
}

impl<'a> ContentType<'a> {
    /// Whether it is this media type, such as `application/sdp`, without regard to case and parameters.
    #[must_use]
    pub fn is(&self, media_type: &str) -> bool {
        media_type.split_once('/').is_some_and(|(kind, subtype)| {
            self.kind.eq_ignore_ascii_case(kind.as_bytes())
                && self.subtype.eq_ignore_ascii_case(subtype.as_bytes())
        })
    }

    /// Whether the body has parts.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.kind.eq_ignore_ascii_case(b"multipart")
    }

    /// What stands between the parts (RFC 2046 clause 5.1.1), without its quotes.
    #[must_use]
    pub fn boundary(&self) -> Option<&'a [u8]> {
        self.params.get("boundary")
    }
}

impl<'a> Typed<'a> for ContentType<'a> {
    const NAME: Name = Name::ContentType;

    /// Two boundaries, or two character sets, would let two readers see two bodies (RFC 3261 7.3.1: no parameter occurs twice).
    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let parsed = whole(value, content_type)?;
        for decides in ["boundary", "charset"] {
            let named = |param: &Param<'_>| param.name.eq_ignore_ascii_case(decides.as_bytes());
            if parsed.params.iter().filter(named).nth(1).is_some() {
                return Err(Malformed::new("has a boundary or charset twice", 0));
            }
        }
        Ok(parsed)
    }
}

fn content_type(input: &[u8]) -> Parsed<'_, ContentType<'_>> {
    let (left, (kind, subtype)) = separated_pair(token, separator('/'), token).parse(input)?;
    let (left, params) = params(left)?;
    Ok((left, ContentType { kind, subtype, params }))
}
