//! `name-addr` and `addr-spec` with the parameters that follow: RFC 3261 clauses 20.10 and 25.1.

use memchr::memchr;
use nom::{
    Parser,
    branch::alt,
    bytes::complete::{take_till, take_while},
    character::complete::char,
    sequence::terminated,
};

use crate::{
    Malformed, Params, Uri,
    lex::{Parsed, is_lws, is_token, quoted, rule, stop, sws, trim_end, whole},
    params::params,
};

/// An address with a display name or without, and its parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameAddr<'a> {
    /// The display name: a quoted string without its quotes, or tokens as written; empty where there is none.
    pub display: &'a [u8],
    /// The URI as written, without angle brackets. Never empty, no white space.
    pub uri: &'a [u8],
    /// Parameters of the header field. Without angle brackets, all parameters are (RFC 3261 clause 20.10).
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Parses either form.
    ///
    /// # Errors
    /// [`Malformed`] with the offset in `value`.
    pub fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, either)
    }

    /// Parses the form with angle brackets, which Route and its kind demand.
    ///
    /// # Errors
    /// [`Malformed`] with the offset in `value`.
    pub fn parse_bracketed(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, bracketed)
    }

    /// The tag of From and To.
    #[must_use]
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.find("tag")?.value
    }

    /// The URI, parsed.
    ///
    /// # Errors
    /// [`Malformed`] with the offset in the URI.
    pub fn parse_uri(&self) -> Result<Uri<'a>, Malformed> {
        Uri::parse(self.uri)
    }
}

fn either(input: &[u8]) -> Parsed<'_, NameAddr<'_>> {
    // Whether there are angle brackets outside a quoted display name decides which form it is.
    let unquoted = match quoted(input) {
        Ok((left, _)) => left,
        Err(_) if input.first() == Some(&b'"') => return stop("has a quoted string without an end", input),
        Err(_) => input,
    };
    let end_of_addr_spec = unquoted.iter().position(|byte| matches!(byte, b'<' | b';'));
    match end_of_addr_spec.and_then(|at| unquoted.get(at)) {
        Some(b'<') => bracketed(input),
        _ => addr_spec(input),
    }
}

/// `[ display-name ] "<" addr-spec ">" *( SEMI generic-param )`.
fn bracketed(input: &[u8]) -> Parsed<'_, NameAddr<'_>> {
    let (left, display) = terminated(alt((quoted, tokens)), sws).parse(input)?;
    let (left, _) = rule("has a display name that must be quoted", char('<'))(left)?;
    let Some(close) = memchr(b'>', left) else { return stop("has no closing angle bracket", left) };
    let uri = left.get(..close).unwrap_or_default();
    if let Some(at) = uri.iter().position(|byte| *byte <= b' ' || matches!(byte, b'"' | b'<' | 0x7f..)) {
        return stop("has a URI with a forbidden octet", left.get(at..).unwrap_or_default());
    }
    if !has_scheme(uri) {
        return stop("has a URI without a scheme", left);
    }
    let (left, params) = params(left.get(close + 1..).unwrap_or_default())?;
    Ok((left, NameAddr { display, uri, params }))
}

/// `*( token LWS )`; octets beyond ASCII are let pass, since UTF-8 without quotes is common.
fn tokens(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (left, raw) = take_while(|byte| is_token(byte) || is_lws(byte) || byte >= 0x80)(input)?;
    Ok((left, trim_end(raw)))
}

/// `addr-spec *( SEMI generic-param )`, where comma, question mark and semicolon cannot be the URI's (clause 20.10).
fn addr_spec(input: &[u8]) -> Parsed<'_, NameAddr<'_>> {
    let mut octets =
        take_till(|byte: u8| byte <= b' ' || byte >= 0x7f || matches!(byte, b';' | b'<' | b'>' | b'"'));
    let (left, uri) = octets(input)?;
    if uri.iter().any(|byte| matches!(byte, b'?' | b',')) {
        return stop("has a URI that must stand in angle brackets", input);
    }
    if !has_scheme(uri) {
        return stop("has a URI without a scheme", input);
    }
    let (left, params) = params(left)?;
    Ok((left, NameAddr { display: b"", uri, params }))
}

fn has_scheme(uri: &[u8]) -> bool {
    let Some(colon) = memchr(b':', uri) else { return false };
    let scheme = uri.get(..colon).unwrap_or_default();
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && uri.len() > colon + 1
}
