//! Reading what can be read of a request that is refused.

use bytes::Bytes;
use memchr::memchr;

use super::{Head, Line, Lines, Message, Start, header_line};
use crate::{Limits, Name, lex::is_token};

/// See [`Message::salvage`].
pub(super) fn salvage(bytes: &Bytes) -> Option<Message> {
    let limits = Limits::DATAGRAM;
    let skipped = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let bytes = bytes.slice(skipped..bytes.len().min(skipped.saturating_add(limits.max_head)));
    let start = request_line(&bytes)?;
    let (lines, end) = readable_lines(&bytes, start.end(), &limits);
    let present = lines.iter().fold(0, |bits, line: &Line| bits | line.name.bit());
    let head = Head { start, lines, present, len: u32::try_from(end).ok()?, content_length: None };
    head.has(Name::Via).then(|| Message::assemble(bytes.slice(..end), head))
}

/// A method and whatever follows it, up to the end of the line.
fn request_line(input: &[u8]) -> Option<Start> {
    let end = memchr(b'\n', input)? + 1;
    let method_end = input.iter().position(|byte| !is_token(*byte))?;
    let method = input.get(..method_end)?;
    let rest = input.get(method_end..end)?;
    if method.is_empty() || method == b"ACK" || rest.first() != Some(&b' ') {
        return None;
    }
    let uri_len = rest.iter().skip(1).take_while(|byte| **byte > b' ').count();
    let at = |at: usize| u32::try_from(at).ok();
    Some(Start::Request {
        method_end: at(method_end)?,
        uri_end: at(method_end + 1 + uri_len)?,
        end: at(end)?,
    })
}

/// The lines that are well-formed on their own; a line that is not is skipped up to its LF.
fn readable_lines(input: &[u8], start: usize, limits: &Limits) -> (Lines, usize) {
    let mut lines = Lines::new();
    let mut at = start;
    while lines.len() < limits.max_headers {
        let rest = input.get(at..).unwrap_or_default();
        if rest.is_empty() || rest.starts_with(b"\r\n") || rest.starts_with(b"\n") {
            break;
        }
        at = match (header_line(input, at), memchr(b'\n', rest)) {
            (Ok((line, next)), _) => {
                lines.push(line);
                next
            }
            (Err(_), Some(end)) => at + end + 1,
            (Err(_), None) => break,
        };
    }
    (lines, at.min(input.len()))
}
