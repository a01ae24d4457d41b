//! Bodies with several parts: RFC 2046 clause 5.1, RFC 5621.

mod build;

use memchr::memmem::Finder;
use smallvec::SmallVec;

use crate::{ContentId, ContentType, Limits, Malformed, Name, Typed, message::header_line};

pub use build::MultipartBuilder;

/// One part of a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part<'b> {
    /// The Content-Type's value; `text/plain` where none is given (RFC 2046 clause 5.1).
    pub content_type: &'b [u8],
    /// The Content-ID without its angle brackets.
    pub content_id: Option<&'b [u8]>,
    /// The header lines as written.
    pub headers: &'b [u8],
    /// What follows the empty line, up to the CRLF that belongs to the next boundary. Never decoded.
    pub body: &'b [u8],
}

/// The parts of a body, in order.
pub type Parts<'b> = SmallVec<[Part<'b>; 8]>;

impl<'b> Part<'b> {
    /// The value of the first header line of that name, compared without regard to case; a compact form is its long name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'b [u8]> {
        let (known, mut at) = (Name::from_bytes(name.as_bytes()), 0);
        while at < self.headers.len() {
            let (line, next) = header_line(self.headers, at).ok()?;
            let raw_name = self.headers.get(at..at + usize::from(line.name_len))?;
            let is_it = match known {
                Name::Other => raw_name.eq_ignore_ascii_case(name.as_bytes()),
                known => line.name == known,
            };
            if is_it {
                return self.headers.get(line.value as usize..line.value_end as usize);
            }
            at = next;
        }
        None
    }

    /// Whether the part is of this media type, such as `application/sdp`, without regard to case and parameters.
    #[must_use]
    pub fn is(&self, media_type: &str) -> bool {
        ContentType::parse(self.content_type).is_ok_and(|content_type| content_type.is(media_type))
    }
}

/// Splits a body by the boundary that its Content-Type names. Parts that have parts themselves are not split further. What
/// stands before the first boundary and behind the last is no part.
///
/// # Errors
/// [`Malformed`] where the Content-Type is not multipart or names no valid boundary, where the last boundary is missing, where
/// a part's header lines are malformed or name Content-Type, Content-ID, Content-Disposition or Content-Transfer-Encoding
/// twice, or where there are more parts than [`Limits::max_parts`].
pub fn split<'b>(content_type: &[u8], body: &'b [u8], limits: &Limits) -> Result<Parts<'b>, Malformed> {
    let boundary = boundary(content_type)?;
    let finder = Finder::new(boundary);
    let mut parts = Parts::new();
    let mut open = None;
    let mut from = 0;
    loop {
        let Some(delimiter) = delimiter(&finder, body, from) else {
            return Err(Malformed::new("Multipart body without its last boundary", body.len()));
        };
        if let Some(start) = open {
            if parts.len() >= limits.max_parts {
                return Err(Malformed::new("Multipart body with too many parts", delimiter.start));
            }
            // The CRLF before the boundary is the boundary's, but also ends a header line that stands right before it.
            let raw = body.get(start..(delimiter.start + 2).max(start)).unwrap_or_default();
            parts.push(part(raw).map_err(|malformed| malformed.after(start))?);
        }
        if delimiter.last {
            return Ok(parts);
        }
        open = Some(delimiter.end);
        // The CRLF that ends this boundary line may begin the next one.
        from = delimiter.end.saturating_sub(2);
    }
}

/// RFC 2046 clause 5.1.1: 1 to 70 octets of a small set, no space at the end.
fn boundary(content_type: &[u8]) -> Result<&[u8], Malformed> {
    let content_type =
        ContentType::parse(content_type).map_err(|malformed| malformed.of(Name::ContentType))?;
    let octet = |byte: &u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte);
    content_type
        .boundary()
        .filter(|_| content_type.is_multipart())
        .filter(|text| (1..=70).contains(&text.len()) && text.iter().all(octet) && !text.ends_with(b" "))
        .ok_or(Malformed::new("names no valid boundary", 0).of(Name::ContentType))
}

/// A boundary line.
struct Delimiter {
    /// Where the CRLF before it begins; 0 where the body begins with it.
    start: usize,
    /// The octet after its own CRLF.
    end: usize,
    last: bool,
}

/// The first boundary line whose leading CRLF begins at `from` or later.
fn delimiter(finder: &Finder<'_>, body: &[u8], from: usize) -> Option<Delimiter> {
    let mut at = from;
    loop {
        let found = at + finder.find(body.get(at..)?)?;
        at = found + 1;
        let before = body.get(from..found)?;
        let after = body.get(found + finder.needle().len()..)?;
        let start = match before.strip_suffix(b"--") {
            Some(b"") if from == 0 => 0,
            Some(before) if before.ends_with(b"\r\n") => from + before.len() - 2,
            _ => continue,
        };
        let (last, padded) = match after.strip_prefix(b"--") {
            Some(rest) => (true, rest),
            None => (false, after),
        };
        let blanks = padded.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let rest = padded.get(blanks..)?;
        if rest.starts_with(b"\r\n") || (last && rest.is_empty()) {
            let end = body.len() - rest.len() + 2.min(rest.len());
            return Some(Delimiter { start, end, last });
        }
    }
}

/// One part with the CRLF behind it. Where the body is empty, that CRLF may stand for the empty line.
fn part(raw: &[u8]) -> Result<Part<'_>, Malformed> {
    let mut part = Part { content_type: b"text/plain", content_id: None, headers: b"", body: b"" };
    let (mut seen, mut at) = ([false; 4], 0);
    loop {
        match raw.get(at..).unwrap_or_default() {
            [] => break,
            [b'\r', b'\n', body @ ..] => {
                part.body = body.strip_suffix(b"\r\n").unwrap_or_default();
                break;
            }
            _ => {}
        }
        let (line, next) = header_line(raw, at)?;
        let value = raw.get(line.value as usize..line.value_end as usize).unwrap_or_default();
        let raw_name = raw.get(at..at + usize::from(line.name_len)).unwrap_or_default();
        if let Some(seen) = once(line.name, raw_name).and_then(|place| seen.get_mut(place))
            && std::mem::replace(seen, true)
        {
            return Err(twice(line.name, at));
        }
        match line.name {
            Name::ContentType => part.content_type = value,
            Name::ContentId => {
                let id =
                    ContentId::parse(value).map_err(|malformed| malformed.of(Name::ContentId).after(at))?;
                part.content_id = Some(id.0);
            }
            _ => {}
        }
        at = next;
    }
    part.headers = raw.get(..at).unwrap_or_default();
    Ok(part)
}

/// The place, among those that say once what a part is, of a header line. Whoever reads the first of two and whoever reads the
/// second would see two different parts.
fn once(name: Name, raw_name: &[u8]) -> Option<usize> {
    match name {
        Name::ContentType => Some(0),
        Name::ContentId => Some(1),
        Name::ContentDisposition => Some(2),
        Name::Other if raw_name.eq_ignore_ascii_case(b"Content-Transfer-Encoding") => Some(3),
        _ => None,
    }
}

fn twice(name: Name, offset: usize) -> Malformed {
    match name {
        Name::Other => Malformed::new("Content-Transfer-Encoding more than once in a part", offset),
        name => Malformed::new("occurs more than once in a part", offset).of(name),
    }
}
