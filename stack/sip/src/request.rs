//! Requests that a user agent sends.

use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;

use crate::{Malformed, Method, Name, Uri, fields::Fields, print};

/// A request of our own, without its Via, which the client transaction adds.
///
/// A value can hold what comes from outside (a body's text, a peer's name) without becoming a header line of its own: each CR,
/// LF and NUL is printed as a space. [`Request::check`] tells beforehand.
#[derive(Clone, Debug)]
pub struct Request {
    method: SmallVec<[u8; 16]>,
    uri: String,
    fields: Fields,
}

impl Request {
    /// A request with nothing but its start line.
    #[must_use]
    pub fn new(method: Method<'_>, uri: impl Into<String>) -> Self {
        Self { method: SmallVec::from_slice(method.as_bytes()), uri: uri.into(), fields: Fields::default() }
    }

    /// Adds a header line below those that are there. For [`Name::Other`] use [`Request::extension`]; Via and Content-Length are
    /// printed by others and not here.
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

    /// Sets the body and its Content-Type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.fields.set_body(content_type, body.into());
        self
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method<'_> {
        Method::from_bytes(&self.method)
    }

    /// The Request-URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
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

    /// Whether it can be printed as it is: the Request-URI parses, and no value holds CR, LF or NUL.
    ///
    /// # Errors
    /// [`Malformed`], naming the header field.
    pub fn check(&self) -> Result<(), Malformed> {
        Uri::parse(self.uri.as_bytes())?;
        self.fields.check()
    }

    /// Prints it behind what `out` holds: `via` on top, the header lines in their order, Max-Forwards of 70 where none is given
    /// (RFC 3261 clause 8.1.1.6), Content-Length.
    pub fn print(&self, via: &[u8], out: &mut BytesMut) {
        out.reserve(self.uri.len() + via.len() + self.fields.size() + 96);
        print::method(out, &self.method);
        out.extend_from_slice(b" ");
        print::uri(out, self.uri.as_bytes());
        out.extend_from_slice(b" SIP/2.0\r\n");
        print::line(out, b"Via", via);
        if self.fields.get(Name::MaxForwards).is_none() {
            print::line(out, b"Max-Forwards", b"70");
        }
        self.fields.print(&[Name::Via], out);
    }
}
