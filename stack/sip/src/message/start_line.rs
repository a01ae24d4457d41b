//! Request line and status line: RFC 3261 clauses 7.1 and 7.2.

use nom::{
    Parser,
    bytes::complete::{tag, tag_no_case, take_while, take_while_m_n},
    character::complete::char,
    combinator::opt,
    sequence::{separated_pair, terminated},
};

use super::{Start, narrow};
use crate::{
    Malformed,
    lex::{Parsed, rule, stop, token},
    scan::find_blank,
};

pub(super) fn start_line(input: &[u8]) -> Result<Start, Malformed> {
    let line = if input.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
        status_line(input)
    } else {
        request_line(input)
    };
    match line {
        Ok((_, start)) => Ok(start),
        Err(nom::Err::Error(stop) | nom::Err::Failure(stop)) => {
            let status = if stop.rule == VERSION { 505 } else { 400 };
            Err(Malformed::new(stop.rule, input.len() - stop.left.len()).status(status))
        }
        Err(nom::Err::Incomplete(_)) => Err(Malformed::new("Message ends too soon", input.len())),
    }
}

const VERSION: &str = "SIP version not supported";

/// `Request-Line = Method SP Request-URI SP SIP-Version CRLF`, with single spaces.
fn request_line(input: &[u8]) -> Parsed<'_, Start> {
    let (left, method) = rule("Request line without a valid method", terminated(token, char(' ')))(input)?;
    let (left, uri) = rule("Request line without a valid Request-URI", terminated(word, char(' ')))(left)?;
    let (left, ()) = version(left)?;
    let (left, _) = rule("Request line with something after its version", tag("\r\n"))(left)?;
    let method_end = narrow(method.len());
    let uri_end = method_end + 1 + narrow(uri.len());
    Ok((left, Start::Request { method_end, uri_end, end: narrow(input.len() - left.len()) }))
}

/// Whatever stands before a space or a control; none of them is a URI's.
fn word(input: &[u8]) -> Parsed<'_, &[u8]> {
    match find_blank(input).and_then(|end| input.split_at_checked(end)) {
        Some((word, left)) if !word.is_empty() => Ok((left, word)),
        _ => stop("Request line without a valid Request-URI", input),
    }
}

/// `Status-Line = SIP-Version SP Status-Code SP Reason-Phrase CRLF`; the second space may be missing where nothing follows.
fn status_line(input: &[u8]) -> Parsed<'_, Start> {
    let at = |left: &[u8]| narrow(input.len() - left.len());
    let (left, ()) = rule(VERSION, terminated(version, char(' ')))(input)?;
    let three_digits = take_while_m_n(3, 3, |byte: u8| byte.is_ascii_digit());
    let (after, digits) = rule("Status line without a valid status code", three_digits)(left)?;
    let status = digits.iter().fold(0_u16, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    if !(100..=699).contains(&status) {
        return stop("Status code out of range", left);
    }
    let (after, space) = opt(char(' ')).parse(after)?;
    let (left, reason) = take_while(|byte| !matches!(byte, b'\r' | b'\n' | 0))(after)?;
    if space.is_none() && !reason.is_empty() {
        return stop("Status code out of range", after);
    }
    let (end, _) = rule("Status line with a bare CR, LF or NUL", tag("\r\n"))(left)?;
    Ok((end, Start::Response { status, reason: at(after), reason_end: at(left), end: at(end) }))
}

/// `SIP-Version`; 2.0 is the only one there is.
fn version(input: &[u8]) -> Parsed<'_, ()> {
    if let Some(left) = input.strip_prefix(b"SIP/2.0")
        && !left.first().is_some_and(u8::is_ascii_digit)
    {
        return Ok((left, ()));
    }
    let digits = || take_while(|byte: u8| byte.is_ascii_digit());
    let parts = (tag_no_case("SIP/"), separated_pair(digits(), char('.'), digits()));
    let (left, (_, (major, minor))) = rule("Start line without a SIP version", parts)(input)?;
    match (major, minor) {
        (b"2", b"0") => Ok((left, ())),
        (b"", _) | (_, b"") => stop("Start line without a SIP version", input),
        _ => stop(VERSION, input),
    }
}
