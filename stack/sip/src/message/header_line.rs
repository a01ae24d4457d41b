//! One header line: RFC 3261 clause 7.3.1.

use super::{Line, narrow};
use crate::{
    Malformed, Name,
    lex::{all_token, is_token, nul_is_quoted, trim_end, trim_start},
    scan::{find_low, find_octet},
};

/// Octets that a header field name may have with the blanks behind it, colon included.
const MAX_NAME: usize = 512;

/// Octets of the names that [`plain_line`] looks for, colon included.
const PLAIN_NAME: usize = 24;

/// What nearly every line is: a name of the enumeration, a colon, a plain value. The line and its length; none sends the
/// line to [`header_line`].
#[inline]
pub(super) fn plain_line(rest: &[u8], start: usize) -> Option<(Line, usize)> {
    let colon = find_octet(rest.first_chunk::<PLAIN_NAME>()?, b':')?;
    let (raw_name, after) = rest.split_at_checked(colon)?;
    let name = Name::from_bytes(raw_name);
    if name == Name::Other {
        return None;
    }
    let len = plain_value(after.get(1..)?)?;
    let value = start + colon + 1;
    let (from, to) = (narrow(value + 1), narrow(value + len));
    Some((
        Line { start: narrow(start), value: from, value_end: to, name_len: colon as u16, name },
        colon + len + 3,
    ))
}

/// Reads any header line with its folds; returns where the next begins.
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
    let (from, to, next) = folded_value(input, value).map_err(|malformed| malformed.of(name))?;
    let name_len = raw_name.len() as u16;
    Ok((Line { start: narrow(start), value: narrow(from), value_end: narrow(to), name_len, name }, next))
}

/// What nearly every value is: a space, octets that neither begin nor end with a blank, CRLF, and no fold. Its length with the space.
#[inline]
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
