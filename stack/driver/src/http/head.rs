//! What no two readers may frame differently.
//! RFC 9112 clauses 2.2, 5.1, 6.1 and 6.3
//!
//! The parser behind takes a bare LF for the end of a line, and a Transfer-Encoding for stronger than a Content-Length.
//! RFC 9112 lets it; a proxy in front that reads otherwise would see other requests than we do. Here both spoil the head:
//! the octet in question becomes a NUL, which the parser refuses with 400.

use memchr::memchr;

/// Octets of a line that are kept: enough for the two fields of framing.
const KEPT: usize = 64;

/// Follows the heads of one HTTP/1.1 connection.
#[derive(Debug, Default)]
pub(super) struct Heads {
    place: Place,
    /// The beginning of the line that is arriving.
    line: Vec<u8>,
    /// The last octet of the line so far.
    last: u8,
    framing: Framing,
}

#[derive(Debug, Default)]
enum Place {
    /// Before a request line.
    #[default]
    Start,
    /// After it.
    Fields,
    /// Within a body of which so much is to come.
    Body(u64),
    /// Nothing more is read here: the head was spoilt, or the body is in chunks, after which the connection is closed.
    Over,
}

#[derive(Debug, Default)]
struct Framing {
    length: Option<u64>,
    is_encoded: bool,
}

/// What a field means for the framing of a message.
enum Field {
    Length(u64),
    Encoding,
    Other,
    /// One that cannot be used; the parser will say so.
    Broken,
}

impl Heads {
    /// Looks at what arrived, and spoils what must not be read.
    pub(super) fn pass(&mut self, mut octets: &mut [u8]) {
        loop {
            match &mut self.place {
                Place::Over => return,
                Place::Body(left) => {
                    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(octets.len());
                    *left -= here as u64;
                    if *left == 0 {
                        self.place = Place::Start;
                    }
                    octets = octets.get_mut(here..).unwrap_or_default();
                }
                Place::Start | Place::Fields => match self.line(octets) {
                    Some(end) => octets = octets.get_mut(end..).unwrap_or_default(),
                    None => return,
                },
            }
            if octets.is_empty() {
                return;
            }
        }
    }

    /// Takes the rest of a line. Where the next begins, or none if this one goes on.
    fn line(&mut self, octets: &mut [u8]) -> Option<usize> {
        let Some(end) = memchr(b'\n', octets) else {
            self.keep(octets);
            return None;
        };
        let (content, rest) = octets.split_at_mut_checked(end)?;
        self.keep(content);
        let is_sound = self.last == b'\r' && self.ended();
        self.line.clear();
        self.last = 0;
        if !is_sound {
            rest.iter_mut().take(1).for_each(|line_feed| *line_feed = 0);
            self.place = Place::Over;
        }
        Some(end + 1)
    }

    fn keep(&mut self, octets: &[u8]) {
        let room = KEPT.saturating_sub(self.line.len());
        self.line.extend(octets.iter().take(room));
        self.last = octets.last().copied().unwrap_or(self.last);
    }

    /// A line has ended with CR LF. Whether the head is still sound.
    fn ended(&mut self) -> bool {
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        match (&self.place, line.is_empty()) {
            // RFC 9112 2.2: an empty line before the request line is passed over.
            (Place::Start, true) => {}
            (Place::Start, false) => self.place = Place::Fields,
            (_, true) => {
                let framing = std::mem::take(&mut self.framing);
                self.place = match framing {
                    Framing { is_encoded: true, .. } => Place::Over,
                    Framing { length: Some(length), .. } => Place::Body(length),
                    Framing { .. } => Place::Start,
                };
            }
            (_, false) => match field(line) {
                Field::Length(length) => self.framing.length = Some(length),
                Field::Encoding => self.framing.is_encoded = true,
                Field::Broken => self.place = Place::Over,
                Field::Other => {}
            },
        }
        !(self.framing.is_encoded && self.framing.length.is_some())
    }
}

fn field(line: &[u8]) -> Field {
    let Some(colon) = memchr(b':', line) else { return Field::Other };
    let (name, value) = line.split_at(colon);
    if name.eq_ignore_ascii_case(b"transfer-encoding") {
        return Field::Encoding;
    }
    if !name.eq_ignore_ascii_case(b"content-length") {
        return Field::Other;
    }
    let digits = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
    let length = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    // A value that did not fit is one that no parser takes.
    if line.len() >= KEPT { Field::Broken } else { length.map_or(Field::Broken, Field::Length) }
}

#[cfg(test)]
mod tests;
