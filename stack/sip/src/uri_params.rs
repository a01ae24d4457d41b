//! Parameters of a URI, whose octets differ from those of a header field's (RFC 3261 clause 25.1, `uri-parameters`).

use nom::{
    Parser,
    bytes::complete::take_while1,
    character::complete::char,
    combinator::{opt, recognize},
    multi::fold_many0,
    sequence::preceded,
};

use crate::{
    Param,
    lex::{Parsed, is_uri_param, stop},
    uri::escapes_are_whole,
};

/// The parameters of a URI, checked once and read on demand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UriParams<'a> {
    raw: &'a [u8],
}

impl<'a> UriParams<'a> {
    /// All of it as written, from the first semicolon on.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.raw
    }

    /// Each in its turn.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let mut rest = self.raw;
        std::iter::from_fn(move || {
            let (left, param) = uri_param(rest).ok()?;
            rest = left;
            Some(param)
        })
    }

    /// The value of the first of that name; empty for a flag such as `lr`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        let found = self.iter().find(|param| param.name.eq_ignore_ascii_case(name.as_bytes()))?;
        Some(found.value.unwrap_or_default())
    }

    /// Whether there is one of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// `*( ";" uri-parameter )`.
pub(crate) fn uri_params(input: &[u8]) -> Parsed<'_, UriParams<'_>> {
    if input.first() != Some(&b';') {
        return Ok((input, UriParams::default()));
    }
    let (left, raw) = recognize(fold_many0(uri_param, || (), |(), _| ())).parse(input)?;
    if left.first() == Some(&b';') || !escapes_are_whole(raw) {
        return stop("has a URI with an empty or malformed parameter", left);
    }
    Ok((left, UriParams { raw }))
}

fn uri_param(input: &[u8]) -> Parsed<'_, Param<'_>> {
    let octets = |byte: u8| is_uri_param(byte) && byte != b'=';
    let (left, name) = preceded(char(';'), take_while1(octets)).parse(input)?;
    let (left, value) = opt(preceded(char('='), take_while1(is_uri_param))).parse(left)?;
    let raw = input.get(1..input.len() - left.len()).unwrap_or_default();
    Ok((left, Param { name, value, raw }))
}
