//! Responses that a server gives.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};

use crate::{
    Message, Method, Name, To, Typed, fields::Fields, header::stamp_via, lex::trim, message::split_value,
    print, reason_phrase, text::quote,
};

/// A response of our own, without what it takes from its request. Values are printed as those of [`crate::Request`] are.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    reason: Option<String>,
    tag: Option<String>,
    fields: Fields,
}

/// What every response takes from its request (RFC 3261 clause 8.2.6.2), and so never from the draft.
const FROM_REQUEST: [Name; 5] = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq];

impl Response {
    /// A response with the customary reason phrase. A status outside 100 to 699 becomes 500.
    #[must_use]
    pub fn new(status: u16) -> Self {
        let status = if (100..=699).contains(&status) { status } else { 500 };
        Self { status, reason: None, tag: None, fields: Fields::default() }
    }

    /// Another reason phrase.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// This tag in To, where the request has none: that of the dialog which the response begins (RFC 3261 clause 12.1.1).
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Adds a header line below those that are there.
    #[must_use]
    pub fn header(mut self, name: Name, value: impl AsRef<[u8]>) -> Self {
        self.fields.add(name, value.as_ref());
        self
    }

    /// Adds a header line with a name outside the enumeration.
    #[must_use]
    pub fn extension(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields.add_extension(name, value.as_ref());
        self
    }

    /// Adds `Warning: 399 host "text"` (RFC 3261 clause 20.43). Octets that no host has are left out of `host`.
    #[must_use]
    pub fn warning(self, host: &str, text: &str) -> Self {
        let agent: String =
            host.chars().filter(|letter| letter.is_ascii_graphic() && *letter != '"').collect();
        self.header(Name::Warning, format!("399 {agent} {}", quote(text)))
    }

    /// Sets the body and its Content-Type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.fields.set_body(content_type, body.into());
        self
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase.
    #[must_use]
    pub fn phrase(&self) -> &str {
        self.reason.as_deref().unwrap_or_else(|| reason_phrase(self.status))
    }

    /// The value of the first header line of that name.
    #[must_use]
    pub fn get(&self, name: Name) -> Option<&[u8]> {
        self.fields.get(name)
    }

    /// The body.
    #[must_use]
    pub fn content(&self) -> &Bytes {
        self.fields.body()
    }

    /// Prints it as the answer to `request`, behind what `out` holds: every Via, From, To with `to_tag` where it has no tag and the
    /// status is not 100, Call-ID and CSeq of the request, its Record-Route where a dialog comes to be (RFC 3261 clause
    /// 12.1.1), then the header lines in their order and Content-Length.
    pub fn print(&self, request: &Message, to_tag: &str, out: &mut BytesMut) {
        self.print_from(request, to_tag, None, out);
    }

    /// The same, with the topmost Via as [`stamp_via`] makes it for a request that came from `source`.
    pub fn print_from(
        &self,
        request: &Message,
        to_tag: &str,
        source: Option<SocketAddr>,
        out: &mut BytesMut,
    ) {
        let to_tag = self.tag.as_deref().unwrap_or(to_tag);
        let taken: usize = request.head().lines_end().saturating_sub(request.head().start.end());
        out.reserve(taken + to_tag.len() + self.phrase().len() + self.fields.size() + 128);
        out.extend_from_slice(b"SIP/2.0 ");
        print::decimal(out, usize::from(self.status));
        out.extend_from_slice(b" ");
        print::clean(out, self.phrase().as_bytes());
        out.extend_from_slice(b"\r\n");
        vias(request, source, out);
        for name in [Name::From, Name::To, Name::CallId, Name::CSeq] {
            let Some(value) = request.header(name) else { continue };
            out.extend_from_slice(name.canonical().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            if name == Name::To && self.status > 100 && !to_tag.is_empty() && !has_tag(value) {
                out.extend_from_slice(b";tag=");
                print::clean(out, to_tag.as_bytes());
            }
            out.extend_from_slice(b"\r\n");
        }
        if (101..300).contains(&self.status) && Method::creates_dialog(&request.method()) {
            copy(request, Name::RecordRoute, out);
        }
        self.fields.print(&FROM_REQUEST, out);
    }
}

fn has_tag(to: &[u8]) -> bool {
    To::parse(to).is_ok_and(|to| to.tag().is_some())
}

/// Every Via line as it came but for the topmost value.
fn vias(request: &Message, source: Option<SocketAddr>, out: &mut BytesMut) {
    let mut source = source;
    for header in request.headers().filter(|header| header.name == Name::Via) {
        let (first, rest) = split_value(header.value);
        let stamped =
            source.filter(|_| !header.value.is_empty()).and_then(|source| stamp_via(trim(first), source));
        out.extend_from_slice(b"Via: ");
        match (stamped, rest) {
            (Some(stamped), Some(rest)) => {
                print::clean(out, &stamped);
                out.extend_from_slice(b",");
                out.extend_from_slice(rest);
            }
            (Some(stamped), None) => print::clean(out, &stamped),
            (None, _) => out.extend_from_slice(header.value),
        }
        out.extend_from_slice(b"\r\n");
        if !header.value.is_empty() {
            source = None;
        }
    }
}

/// Lines are copied with their folds, which have been proved to be folds.
fn copy(request: &Message, name: Name, out: &mut BytesMut) {
    for header in request.headers().filter(|header| header.name == name) {
        print::raw_line(out, name.canonical().as_bytes(), header.value);
    }
}
