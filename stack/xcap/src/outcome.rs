//! What a request comes to.

use bytes::Bytes;
use xml::Index;

use crate::{Claim, Etag, XcapError, media};

/// An answer, or what must be kept before there is one.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing changes.
    Answer(Answer),
    /// To be kept, on condition that the document is still what was decided upon; answered 200 or 201 afterwards.
    Commit(Commit),
}

/// A change of one document.
#[derive(Debug)]
pub enum Commit {
    /// The document as it shall be.
    Put {
        /// The whole of it.
        text: String,
        /// Where everything in it stands.
        index: Box<Index>,
        /// Whether the resource that the request names is new: 201, not 200.
        created: bool,
        /// Values that no other document of the usage may hold.
        claims: Vec<Claim>,
    },
    /// The document shall not be.
    Delete,
}

impl Commit {
    /// The status once it is kept (RFC 4825 clauses 8.2.3, 8.2.4 and 8.4).
    #[must_use]
    pub fn status(&self) -> u16 {
        if matches!(self, Self::Put { created: true, .. }) { 201 } else { 200 }
    }
}

/// An answer that needs nothing kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Of the document, where there is one.
    pub etag: Option<Etag>,
    /// Which methods the resource has, with 405.
    pub allow: Option<&'static str>,
    /// What is told.
    pub body: Body,
}

/// The body of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// None.
    Empty,
    /// A document or a part of one.
    Content {
        /// Of which media type.
        media_type: String,
        /// What.
        bytes: Bytes,
    },
    /// Why not (RFC 4825 clause 11).
    Error(Box<XcapError>),
    /// Why not, where RFC 4825 has no element for it: a line for a person.
    Phrase(String),
}

impl Body {
    /// The media type and the octets; none where there is no body.
    #[must_use]
    pub fn into_parts(self) -> Option<(String, Bytes)> {
        match self {
            Self::Empty => None,
            Self::Content { media_type, bytes } => Some((media_type, bytes)),
            Self::Error(error) => Some((media::ERROR.to_owned(), error.write().into())),
            Self::Phrase(text) => Some(("text/plain; charset=utf-8".to_owned(), format!("{text}\n").into())),
        }
    }
}

impl Answer {
    /// An answer without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, etag: None, allow: None, body: Body::Empty }
    }

    /// A refusal with a line for a person.
    #[must_use]
    pub fn phrase(status: u16, text: impl Into<String>) -> Self {
        Self { body: Body::Phrase(text.into()), ..Self::status(status) }
    }

    /// 405 with what is allowed instead (RFC 9110 clause 15.5.6).
    #[must_use]
    pub fn not_allowed(allow: &'static str, why: impl Into<String>) -> Self {
        Self { allow: Some(allow), ..Self::phrase(405, why) }
    }

    pub(crate) fn content(media_type: &str, bytes: Bytes, etag: &Etag) -> Self {
        let body = Body::Content { media_type: media_type.to_owned(), bytes };
        Self { status: 200, etag: Some(etag.clone()), allow: None, body }
    }

    pub(crate) fn with_etag(self, etag: Option<&Etag>) -> Self {
        Self { etag: etag.cloned(), ..self }
    }
}

/// 409 and why (RFC 4825 clause 11).
impl From<XcapError> for Answer {
    fn from(error: XcapError) -> Self {
        Self { body: Body::Error(Box::new(error)), ..Self::status(409) }
    }
}
