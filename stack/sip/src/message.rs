//! A message: its octets, and a table that says where each header field is.

mod check;
mod header_line;
mod parse;
mod salvage;
mod start_line;
mod values;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::{Limits, Malformed, Method, Name, Typed, header::CSeq};

pub(crate) use header_line::header_line;
pub(crate) use parse::{Framing, Head};
pub use values::Values;
pub(crate) use values::split_value;

/// A parsed message over one [`Bytes`]. Nothing is copied and, up to 24 header lines, nothing is allocated; a clone
/// counts a reference and copies the table.
#[derive(Clone, Debug)]
pub struct Message {
    bytes: Bytes,
    head: Head,
}

/// Header lines, in their order.
pub(crate) type Lines = SmallVec<[Line; 24]>;

/// Where one header line is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) start: u32,
    pub(crate) value: u32,
    pub(crate) value_end: u32,
    pub(crate) name_len: u16,
    pub(crate) name: Name,
}

/// Where the parts of the start line are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start {
    Request { method_end: u32, uri_end: u32, end: u32 },
    Response { status: u16, reason: u32, reason_end: u32, end: u32 },
}

impl Start {
    /// The octet after the line's CRLF.
    pub(crate) fn end(self) -> usize {
        match self {
            Self::Request { end, .. } | Self::Response { end, .. } => end as usize,
        }
    }
}

/// One header line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header<'m> {
    /// Which it is.
    pub name: Name,
    /// Its name as written.
    pub raw_name: &'m [u8],
    /// Its value without white space at the ends; folds inside are as written.
    pub value: &'m [u8],
}

/// Offsets are bounded by [`Head::read`], so that nothing is cut off.
const fn narrow(at: usize) -> u32 {
    at as u32
}

impl Message {
    /// Parses one whole message by the rules for datagrams (RFC 3261 clause 18.3): octets after the body are cut off, and
    /// without a Content-Length the body is all that follows the header. CRLFs before the start line are skipped
    /// (clause 7.5). Header fields are found, not yet understood: see [`Message::check`] and [`Message::typed`].
    ///
    /// # Errors
    /// [`Malformed`] where the start line, a header line, a Content-Length or a limit is violated.
    pub fn parse(bytes: Bytes, limits: &Limits) -> Result<Self, Malformed> {
        let skipped = bytes.chunks(2).take_while(|pair| *pair == b"\r\n").count() * 2;
        let bytes = if skipped == 0 { bytes } else { bytes.slice(skipped..) };
        if bytes.len() > limits.max_message {
            return Err(Malformed::new("Message too large", limits.max_message).status(413));
        }
        let mut message = Self { bytes, head: Head::new() };
        let Self { bytes, head } = &mut message;
        head.read(bytes, limits, Framing::Datagram).map_err(|malformed| malformed.after(skipped))?;
        let end = head.content_length.map_or(bytes.len(), |length| head.len as usize + length as usize);
        if end > bytes.len() {
            let short = Malformed::new("is larger than the datagram", skipped + head.len as usize);
            return Err(short.of(Name::ContentLength));
        }
        if end < bytes.len() {
            *bytes = bytes.slice(..end);
        }
        Ok(message)
    }

    /// What of a request that [`Message::parse`] refused can still be read, so that a refusal can be sent for it
    /// (RFC 3261 clause 8.2): the lines that are well-formed on their own, and no body. None where it is not a request,
    /// is an ACK, or has no Via to send an answer by. Nothing but a refusal may be made of it.
    #[must_use]
    pub fn salvage(bytes: &Bytes) -> Option<Self> {
        salvage::salvage(bytes)
    }

    /// Runs the checks that every element makes before it acts on a message (RFC 3261 clauses 8.1.1, 8.2.2.1 and 16.3):
    /// Via, From, To, Call-ID and CSeq are there, once, and well-formed; Max-Forwards is, where it is there; the
    /// Request-URI parses and has a scheme that SIP can route; the methods of CSeq and request line are one.
    ///
    /// # Errors
    /// [`Malformed`] with status 400, 416 or 501, naming the header field.
    pub fn check(&self) -> Result<(), Malformed> {
        check::check(self)
    }

    pub(crate) fn assemble(bytes: Bytes, head: Head) -> Self {
        Self { bytes, head }
    }

    /// The whole message as it was read.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Whether it is a request.
    #[must_use]
    pub fn is_request(&self) -> bool {
        matches!(self.head.start, Start::Request { .. })
    }

    /// A request's method; for a response that of its CSeq, and an empty [`Method::Other`] where that cannot be read.
    #[must_use]
    pub fn method(&self) -> Method<'_> {
        match self.head.start {
            Start::Request { method_end, .. } => Method::from_bytes(self.slice(0, method_end)),
            Start::Response { .. } => {
                self.typed::<CSeq<'_>>().ok().flatten().map_or(Method::Other(b""), |cseq| cseq.method)
            }
        }
    }

    /// The Request-URI as written; empty for a response.
    #[must_use]
    pub fn request_uri(&self) -> &[u8] {
        match self.head.start {
            Start::Request { method_end, uri_end, .. } => self.slice(method_end + 1, uri_end),
            Start::Response { .. } => b"",
        }
    }

    /// A response's status code, 100 to 699.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.head.start {
            Start::Request { .. } => None,
            Start::Response { status, .. } => Some(status),
        }
    }

    /// A response's reason phrase, which may be empty or not be UTF-8; empty for a request.
    #[must_use]
    pub fn reason(&self) -> &[u8] {
        match self.head.start {
            Start::Request { .. } => b"",
            Start::Response { reason, reason_end, .. } => self.slice(reason, reason_end),
        }
    }

    /// Every header line, topmost first.
    pub fn headers(&self) -> impl Iterator<Item = Header<'_>> {
        self.head.lines.iter().map(|line| self.read(line))
    }

    /// The value of the first line of that name. Never anything for [`Name::Other`].
    #[must_use]
    pub fn header(&self, name: Name) -> Option<&[u8]> {
        self.lines_of(name).next().map(|line| self.slice(line.value, line.value_end))
    }

    /// How many lines have that name.
    #[must_use]
    pub fn count(&self, name: Name) -> usize {
        self.lines_of(name).count()
    }

    /// Every value of that name over all its lines, topmost first: what commas separate where the name is a list
    /// ([`Name::is_list`]), whole lines otherwise. An empty line has no value; a value missing between commas is empty.
    #[must_use]
    pub fn values(&self, name: Name) -> Values<'_> {
        Values::new(self, name)
    }

    /// The value of the first line with a name outside the enumeration, compared without regard to case.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&[u8]> {
        match Name::from_bytes(name.as_bytes()) {
            Name::Other => self
                .headers()
                .find(|h| h.name == Name::Other && h.raw_name.eq_ignore_ascii_case(name.as_bytes()))
                .map(|header| header.value),
            known => self.header(known),
        }
    }

    /// The topmost value of a header field, parsed.
    ///
    /// # Errors
    /// [`Malformed`], naming the header field, where the value does not follow its grammar.
    pub fn typed<'m, T: Typed<'m>>(&'m self) -> Result<Option<T>, Malformed> {
        self.all::<T>().next().transpose()
    }

    /// Every value of a header field, parsed, topmost first.
    pub fn all<'m, T: Typed<'m>>(&'m self) -> impl Iterator<Item = Result<T, Malformed>> + use<'m, T> {
        self.values(T::NAME)
            .map(|value| T::parse(value).map_err(|malformed| self.blame(malformed, T::NAME, value)))
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.bytes.get(self.head.len as usize..).unwrap_or_default()
    }

    /// The body, sharing the message's memory.
    #[must_use]
    pub fn body_bytes(&self) -> Bytes {
        self.bytes.slice((self.head.len as usize).min(self.bytes.len())..)
    }

    /// The Call-ID as written; empty where there is none.
    #[must_use]
    pub fn call_id(&self) -> &[u8] {
        self.header(Name::CallId).unwrap_or_default()
    }

    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    pub(crate) fn read(&self, line: &Line) -> Header<'_> {
        Header {
            name: line.name,
            raw_name: self.slice(line.start, line.start + u32::from(line.name_len)),
            value: self.slice(line.value, line.value_end),
        }
    }

    pub(crate) fn slice(&self, from: u32, to: u32) -> &[u8] {
        self.bytes.get(from as usize..to as usize).unwrap_or_default()
    }

    fn lines_of(&self, name: Name) -> impl Iterator<Item = &Line> {
        let lines: &[Line] = if name != Name::Other && self.head.has(name) { &self.head.lines } else { &[] };
        lines.iter().filter(move |line| line.name == name)
    }

    /// Moves a fault's offset from the value to the message.
    fn blame(&self, malformed: Malformed, name: Name, value: &[u8]) -> Malformed {
        malformed.of(name).after((value.as_ptr() as usize).saturating_sub(self.bytes.as_ptr() as usize))
    }
}
