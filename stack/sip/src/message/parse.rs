//! One pass over start line and header lines: RFC 3261 clause 7, framing by clause 18.3.

use memchr::{memchr, memchr_iter};
use nom::{
    Parser,
    bytes::complete::{tag, tag_no_case, take_while, take_while_m_n},
    character::complete::char,
    combinator::opt,
    sequence::{separated_pair, terminated},
};

use super::{Line, Lines, Start};
use crate::{
    Limits, Malformed, Name,
    lex::{
        Parsed, Stop, all_token, is_token, nul_is_quoted, number, rule, stop, token, trim_end, trim_start,
    },
    scan::{find_blank, find_low, find_octet},
};

/// How the end of a message is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Framing {
    /// By the datagram; a Content-Length may shorten it.
    Datagram,
    /// By Content-Length, which must be there.
    Stream,
}

/// All that precedes the body.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) start: Start,
    pub(crate) lines: Lines,
    /// A bit for each name that occurs.
    pub(crate) present: u128,
    /// Octets up to and with the empty line.
    pub(crate) len: u32,
    pub(crate) content_length: Option<u32>,
}

impl Head {
    /// Nothing read yet.
    pub(crate) fn new() -> Self {
        let start = Start::Request { method_end: 0, uri_end: 0, end: 0 };
        Self { start, lines: Lines::new(), present: 0, len: 0, content_length: None }
    }

    pub(crate) fn has(&self, name: Name) -> bool {
        self.present & name.bit() != 0
    }

    /// The octet after the last header line, where the empty line begins.
    pub(crate) fn lines_end(&self) -> usize {
        (self.len as usize).saturating_sub(2)
    }

    /// Reads the head of a message that begins at the first octet, in place, since a head is large to move.
    pub(crate) fn read(&mut self, input: &[u8], limits: &Limits, framing: Framing) -> Result<(), Malformed> {
        // Offsets are 32 bits wide.
        let max_head = limits.max_head.min(u32::MAX as usize >> 1);
        match input.get(..max_head) {
            None => self.read_bounded(input, limits, framing),
            Some(bounded) => self.read_bounded(bounded, limits, framing).map_err(|malformed| {
                let cut = malformed.offset >= max_head;
                if cut { Malformed::new("Header fields too large", max_head).status(413) } else { malformed }
            }),
        }
    }

    fn read_bounded(&mut self, input: &[u8], limits: &Limits, framing: Framing) -> Result<(), Malformed> {
        self.start = start_line(input)?;
        let mut counts = Counts::default();
        let mut at = self.start.end();
        loop {
            match input.get(at..).unwrap_or_default() {
                [b'\r', b'\n', ..] => break,
                [] | [b'\r'] => {
                    let rule = "Message without an empty line after its header fields";
                    return Err(Malformed::new(rule, input.len()));
                }
                _ => {}
            }
            let (line, next) = header_line(input, at)?;
            counts.add(&line, self.lines.len(), input, limits)?;
            self.present |= line.name.bit();
            self.lines.push(line);
            at = next;
        }
        self.len = narrow(at + 2);
        self.content_length = content_length(self, counts.content_length, input, limits, framing)?;
        Ok(())
    }
}

/// What is counted against the limits while lines are read.
#[derive(Default)]
struct Counts {
    vias: usize,
    routes: usize,
    record_routes: usize,
    /// Which line is the Content-Length.
    content_length: Option<usize>,
}

impl Counts {
    fn add(&mut self, line: &Line, at: usize, input: &[u8], limits: &Limits) -> Result<(), Malformed> {
        if at >= limits.max_headers {
            return Err(Malformed::new("Too many header fields", line.start as usize));
        }
        let (count, max) = match line.name {
            Name::Via => (&mut self.vias, limits.max_vias),
            Name::Route => (&mut self.routes, limits.max_routes),
            Name::RecordRoute => (&mut self.record_routes, limits.max_routes),
            Name::ContentLength => {
                let twice =
                    Malformed::new("occurs more than once", line.start as usize).of(Name::ContentLength);
                return if self.content_length.replace(at).is_some() { Err(twice) } else { Ok(()) };
            }
            _ => return Ok(()),
        };
        // A comma inside a quoted string counts too: the bound is on work, and no honest message comes near it.
        *count += 1 + commas(value_of(line, input));
        if *count > max {
            return Err(Malformed::new("has too many values", line.start as usize).of(line.name));
        }
        Ok(())
    }
}

/// Most lines have none, which one search tells sooner than a count.
fn commas(value: &[u8]) -> usize {
    find_octet(value, b',')
        .map_or(0, |first| memchr_iter(b',', value.get(first..).unwrap_or_default()).count())
}

/// Octets that a header field name may have with the blanks behind it, colon included.
const MAX_NAME: usize = 512;

/// Reads one header line with its folds; returns where the next begins.
pub(crate) fn header_line(input: &[u8], start: usize) -> Result<(Line, usize), Malformed> {
    let rest = input.get(start..).unwrap_or_default();
    // A bound on the search, so that lines without a colon cost no more than their length.
    let searched = rest.get(..MAX_NAME).unwrap_or(rest);
    let forbidden = || {
        let at = rest.iter().position(|byte| !is_token(*byte)).unwrap_or(rest.len());
        Malformed::new("Header field name with a forbidden octet", start + at)
    };
    let colon = find_octet(searched, b':').ok_or_else(forbidden)?;
    let mut raw_name = rest.get(..colon).unwrap_or_default();
    while let [shorter @ .., b' ' | b'\t'] = raw_name {
        raw_name = shorter;
    }
    let name = Name::from_bytes(raw_name);
    if name == Name::Other && !all_token(raw_name) {
        return Err(forbidden());
    }
    let value = start + colon + 1;
    let (from, to, next) = match plain_value(rest.get(colon + 1..).unwrap_or_default()) {
        Some(len) => (value + 1, value + len, value + len + 2),
        None => folded_value(input, value).map_err(|malformed| malformed.of(name))?,
    };
    let name_len = raw_name.len() as u16;
    Ok((Line { start: narrow(start), value: narrow(from), value_end: narrow(to), name_len, name }, next))
}

/// What nearly every value is: a space, octets that neither begin nor end with a blank, CRLF, and no fold. Its length with the space.
fn plain_value(input: &[u8]) -> Option<usize> {
    let len = find_low(input)?;
    let (value, rest) = input.split_at_checked(len)?;
    let is_plain = matches!(rest.first_chunk(), Some([b'\r', b'\n', next]) if !matches!(next, b' ' | b'\t'))
        && matches!(value, [b' ', first, ..] if *first > b' ')
        && value.last().is_some_and(|last| *last > b' ');
    is_plain.then_some(len)
}

/// Any value: where it begins and ends without the blanks around it, and where the next line begins.
fn folded_value(input: &[u8], start: usize) -> Result<(usize, usize, usize), Malformed> {
    let end = line_end(input, start)?;
    let raw = trim_start(input.get(start..end).unwrap_or_default());
    let from = end - raw.len();
    Ok((from, from + trim_end(raw).len(), end + 2))
}

/// Finds the CRLF that no white space follows. Every other CR and LF is a fault, and so is NUL outside a quoted pair.
fn line_end(input: &[u8], value: usize) -> Result<usize, Malformed> {
    let mut at = value;
    let mut nul = false;
    loop {
        let rest = input.get(at..).unwrap_or_default();
        let Some(found) = find_low(rest) else {
            return Err(Malformed::new("has no end of line", input.len()));
        };
        let here = at + found;
        match rest.get(found..).unwrap_or_default() {
            [b'\r', b'\n', b' ' | b'\t', ..] => at = here + 3,
            [b'\r', b'\n', ..] if nul && !nul_is_quoted(input.get(value..here).unwrap_or_default()) => {
                return Err(Malformed::new("holds a NUL", here));
            }
            [b'\r', b'\n', ..] => return Ok(here),
            [b'\r', ..] => return Err(Malformed::new("holds a bare CR", here)),
            [b'\n', ..] => return Err(Malformed::new("holds a bare LF", here)),
            other => {
                nul |= other.first() == Some(&0);
                at = here + 1;
            }
        }
    }
}

/// RFC 3261 clause 20.14, read strictly: one line, digits only, no fold.
fn content_length(
    head: &Head,
    at: Option<usize>,
    input: &[u8],
    limits: &Limits,
    framing: Framing,
) -> Result<Option<u32>, Malformed> {
    let wrong = |rule, offset: u32| Malformed::new(rule, offset as usize).of(Name::ContentLength);
    let Some((at, line)) = at.and_then(|at| Some((at, head.lines.get(at)?))) else {
        return match framing {
            Framing::Datagram => Ok(None),
            Framing::Stream => Err(wrong("is missing on a stream", head.len)),
        };
    };
    let line_end = head.lines.get(at + 1).map_or(head.lines_end(), |next| next.start as usize);
    let raw = input.get(line.start as usize..line_end.saturating_sub(2)).unwrap_or_default();
    if memchr(b'\n', raw).is_some() {
        return Err(wrong("is folded", line.start));
    }
    match number(u64::from(u32::MAX)).parse(value_of(line, input)) {
        Ok(([], length)) if length as usize > limits.max_message.saturating_sub(head.len as usize) => {
            Err(wrong("is more than is accepted", line.value).status(413))
        }
        Ok(([], length)) => Ok(u32::try_from(length).ok()),
        Ok(_) => Err(wrong("is not a number", line.value)),
        Err(nom::Err::Error(Stop { rule, .. }) | nom::Err::Failure(Stop { rule, .. })) => {
            Err(wrong(rule, line.value))
        }
        Err(nom::Err::Incomplete(_)) => Err(wrong("is not a number", line.value)),
    }
}

fn value_of<'a>(line: &Line, input: &'a [u8]) -> &'a [u8] {
    input.get(line.value as usize..line.value_end as usize).unwrap_or_default()
}

/// Offsets are bounded by [`Head::read`], so that nothing is cut off.
const fn narrow(at: usize) -> u32 {
    at as u32
}

fn start_line(input: &[u8]) -> Result<Start, Malformed> {
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
    let digits = || take_while(|byte: u8| byte.is_ascii_digit());
    let parts = (tag_no_case("SIP/"), separated_pair(digits(), char('.'), digits()));
    let (left, (_, (major, minor))) = rule("Start line without a SIP version", parts)(input)?;
    match (major, minor) {
        (b"2", b"0") => Ok((left, ())),
        (b"", _) | (_, b"") => stop("Start line without a SIP version", input),
        _ => stop(VERSION, input),
    }
}
