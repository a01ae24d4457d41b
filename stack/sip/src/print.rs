//! Writing header lines so that no value can end its line, and so that nothing is allocated.

use bytes::{BufMut, BytesMut};
use memchr::memchr3;

use crate::{
    Name,
    lex::{is_token, nul_is_quoted},
    scan::find_low,
};

/// `Name: value CRLF`.
pub(crate) fn line(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    clean(out, value);
    out.extend_from_slice(b"\r\n");
}

/// The same for a value that a parser has passed, whose CRs and LFs are folds and whose octets are kept.
pub(crate) fn raw_line(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// A value with every CR and LF, and every NUL outside a quoted pair, written as a space. A fold therefore becomes what it
/// means (RFC 3261 clause 7.3.1), and what would have been a header line of its own stays inside the value, as RFC 9110
/// clause 5.5 has it for HTTP.
pub(crate) fn clean(out: &mut BytesMut, value: &[u8]) {
    // A tab is found too, and then kept.
    if find_low(value).is_none() {
        return out.extend_from_slice(value);
    }
    let keep_nul = nul_is_quoted(value);
    for byte in value {
        let ends_line = matches!(byte, b'\r' | b'\n') || (*byte == 0 && !keep_nul);
        out.put_u8(if ends_line { b' ' } else { *byte });
    }
}

/// Whether a value holds no CR, LF or NUL.
pub(crate) fn is_clean(value: &[u8]) -> bool {
    memchr3(b'\r', b'\n', 0, value).is_none()
}

/// A Request-URI, in which white space, controls and octets beyond ASCII are escaped, so that it stays one word.
pub(crate) fn uri(out: &mut BytesMut, uri: &[u8]) {
    if uri.iter().all(u8::is_ascii_graphic) {
        return out.extend_from_slice(uri);
    }
    for byte in uri {
        if byte.is_ascii_graphic() {
            out.put_u8(*byte);
        } else {
            let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 };
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// A method, without the octets that no token has.
pub(crate) fn method(out: &mut BytesMut, method: &[u8]) {
    method.iter().filter(|byte| is_token(**byte)).for_each(|byte| out.put_u8(*byte));
}

/// A number in decimal.
pub(crate) fn decimal(out: &mut BytesMut, number: usize) {
    let mut digits = [0_u8; 20];
    let mut left = number;
    let mut len = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(left % 10).unwrap_or(0);
        left /= 10;
        len += 1;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - len..).unwrap_or_default());
}

/// The Content-Length line.
pub(crate) fn content_length(out: &mut BytesMut, length: usize) {
    out.extend_from_slice(Name::ContentLength.canonical().as_bytes());
    out.extend_from_slice(b": ");
    decimal(out, length);
    out.extend_from_slice(b"\r\n");
}
