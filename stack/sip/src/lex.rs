//! The lexical rules of RFC 3261 clause 25.1, as nom parsers over octets.
//!
//! A value handed to these parsers comes from a line whose CR and LF have been proved to be folds, so that CR and LF
//! count as white space here.

mod octets;

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{take_while, take_while1},
    character::complete::char,
    combinator::{recognize, verify},
    error::{ErrorKind, ParseError},
    sequence::delimited,
};

use crate::Malformed;
use octets::{is_label, is_value};
pub(crate) use octets::{is_lws, is_token, is_uri_header, is_uri_param, is_user};

/// Where a parser stopped, by what is left, and which rule it could not follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stop<'a> {
    pub(crate) left: &'a [u8],
    pub(crate) rule: &'static str,
}

impl<'a> ParseError<&'a [u8]> for Stop<'a> {
    fn from_error_kind(left: &'a [u8], _: ErrorKind) -> Self {
        Self { left, rule: "does not follow its grammar" }
    }

    fn append(_: &'a [u8], _: ErrorKind, first: Self) -> Self {
        first
    }
}

/// What a parser leaves, and what it found.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Stop<'a>>;

/// Names the rule that a parser's failure violates.
pub(crate) fn rule<'a, T>(
    rule: &'static str,
    mut parser: impl Parser<&'a [u8], Output = T, Error = Stop<'a>>,
) -> impl FnMut(&'a [u8]) -> Parsed<'a, T> {
    move |input| {
        parser.parse(input).map_err(|error| match error {
            nom::Err::Error(stop) => nom::Err::Error(Stop { rule, ..stop }),
            other => other,
        })
    }
}

/// A failure at `left`.
pub(crate) fn stop<'a, T>(rule: &'static str, left: &'a [u8]) -> Parsed<'a, T> {
    Err(nom::Err::Error(Stop { left, rule }))
}

/// Runs a parser over a whole value: white space around it is taken, anything else left over is a fault.
pub(crate) fn whole<'a, T>(
    value: &'a [u8],
    mut parser: impl Parser<&'a [u8], Output = T, Error = Stop<'a>>,
) -> Result<T, Malformed> {
    let at = |left: &[u8]| value.len().saturating_sub(left.len());
    match parser.parse(trim_start(value)) {
        Ok((left, output)) if trim_start(left).is_empty() => Ok(output),
        Ok((left, _)) => Err(Malformed::new("has something after its end", at(left))),
        Err(nom::Err::Error(stop) | nom::Err::Failure(stop)) => Err(Malformed::new(stop.rule, at(stop.left))),
        Err(nom::Err::Incomplete(_)) => Err(Malformed::new("ends too soon", value.len())),
    }
}

/// Whether these octets are a token, and not none.
pub(crate) fn all_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_token(*byte))
}

pub(crate) fn trim_start(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes;
    while let [first, rest @ ..] = bytes
        && is_lws(*first)
    {
        bytes = rest;
    }
    bytes
}

pub(crate) fn trim_end(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes;
    while let [rest @ .., last] = bytes
        && is_lws(*last)
    {
        bytes = rest;
    }
    bytes
}

/// Without white space and folds at both ends.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes))
}

/// `token`.
pub(crate) fn token(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(is_token)(input)
}

/// `SWS`: white space or nothing.
pub(crate) fn sws(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while(is_lws)(input)
}

/// `LWS`: white space, at least one octet.
pub(crate) fn lws(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(is_lws)(input)
}

/// A separator with white space around it, such as `SEMI`, `EQUAL` and `SLASH`.
pub(crate) fn separator<'a>(byte: char) -> impl Parser<&'a [u8], Output = char, Error = Stop<'a>> {
    delimited(sws, char(byte), sws)
}

/// `quoted-string`; what is between the quotes, its escapes left as they are.
pub(crate) fn quoted(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (inner, _) = char('"')(input)?;
    let mut at = 0;
    loop {
        let rest = inner.get(at..).unwrap_or_default();
        match memchr::memchr2(b'"', b'\\', rest) {
            None => return stop("has a quoted string without an end", input),
            Some(found) if rest.get(found) == Some(&b'\\') => at += found + 2,
            Some(found) => {
                let end = at + found;
                return Ok((inner.get(end + 1..).unwrap_or_default(), inner.get(..end).unwrap_or_default()));
            }
        }
    }
}

/// A parameter's value: a quoted string without its quotes, or a run of octets that no separator ends.
pub(crate) fn value(input: &[u8]) -> Parsed<'_, &[u8]> {
    alt((quoted, take_while1(is_value))).parse(input)
}

/// `1*DIGIT` up to `max`; more is out of range, never wrapped.
pub(crate) fn number<'a>(max: u64) -> impl Parser<&'a [u8], Output = u64, Error = Stop<'a>> {
    move |input: &'a [u8]| {
        let (left, digits) = rule("is not a number", take_while1(|byte: u8| byte.is_ascii_digit()))(input)?;
        let sum = digits.iter().try_fold(0_u64, |sum, digit| {
            sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|sum| *sum <= max)
        });
        match sum {
            Some(sum) => Ok((left, sum)),
            None => stop("is out of range", input),
        }
    }
}

/// A comment in parentheses, which may nest (RFC 3261 clause 25.1).
pub(crate) fn comment(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (mut rest, _) = char('(')(input)?;
    let mut depth = 1_usize;
    while depth > 0 {
        let Some((byte, left)) = rest.split_first() else {
            return stop("has a comment without an end", input);
        };
        rest = left;
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\\' => rest = rest.get(1..).unwrap_or_default(),
            _ => {}
        }
    }
    let taken = input.len() - rest.len();
    Ok((rest, input.get(..taken).unwrap_or_default()))
}

/// `host`: a name, an IPv4 address, or an IPv6 reference with its brackets. Three colons in a row, an error of RFC
/// 3261's own grammar, are let pass (RFC 5118 clause 4.10).
pub(crate) fn host(input: &[u8]) -> Parsed<'_, &[u8]> {
    if input.first() != Some(&b'[') {
        return hostname(input);
    }
    let octets = take_while1(|byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.');
    let address = verify(octets, |address: &[u8]| {
        memchr::memchr_iter(b':', address).count() >= 2 && !address.ends_with(b".")
    });
    rule("has no valid host", recognize(delimited(char('['), address, char(']'))))(input)
}

/// Labels and the dots between them. No label is empty, but for the root's at the end; none begins the name with a hyphen.
fn hostname(input: &[u8]) -> Parsed<'_, &[u8]> {
    let mut len = 0;
    loop {
        let rest = input.get(len..).unwrap_or_default();
        let label = rest.iter().position(|byte| !is_label(*byte)).unwrap_or(rest.len());
        len += label;
        if label == 0 || rest.get(label) != Some(&b'.') {
            break;
        }
        len += 1;
    }
    match input.split_at_checked(len) {
        Some((name, left)) if len > 0 && !name.starts_with(b"-") => Ok((left, name)),
        _ => stop("has no valid host", input),
    }
}

/// `port`.
pub(crate) fn port(input: &[u8]) -> Parsed<'_, u16> {
    rule("has a port out of range", number(u64::from(u16::MAX)).map(|port| u16::try_from(port).unwrap_or(0)))(
        input,
    )
}

/// Whether every NUL in these octets is a quoted pair inside a quoted string, the only place that the grammar has for it.
pub(crate) fn nul_is_quoted(bytes: &[u8]) -> bool {
    let mut quoted = false;
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => {
                bytes.next();
            }
            0 => return false,
            _ => {}
        }
    }
    true
}
