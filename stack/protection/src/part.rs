//! One body of a message, as a signature sees it.

/// A body and its name. Its media type is not signed: XML Signature covers octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part<'p> {
    /// The Content-ID without its angle brackets (RFC 2392). A body without one cannot be referred to.
    pub content_id: Option<&'p str>,
    /// The octets as they travel.
    pub bytes: &'p [u8],
}
