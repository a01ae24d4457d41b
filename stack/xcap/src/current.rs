//! A document as it is kept.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use xml::Index;

use crate::Etag;

/// A document, where everything in it stands, and which state of it this is. As cheap to clone as a reference.
#[derive(Clone, Debug)]
pub struct Current {
    text: Arc<str>,
    bytes: Bytes,
    index: Arc<OnceLock<Index>>,
    etag: Etag,
}

impl Current {
    /// A document that was accepted before. `None` where the text cannot have been.
    #[must_use]
    pub fn read(bytes: &[u8], etag: Etag) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Some(Self::new(text.into(), Index::build(text)?, etag))
    }

    /// As [`Current::read`], for whoever hands on the whole: where its elements stand is found out once somebody asks for
    /// one. `None` where the octets are no text.
    #[must_use]
    pub fn whole(bytes: &[u8], etag: Etag) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        Some(Self::with(text.strip_prefix('\u{feff}').unwrap_or(text).into(), OnceLock::new(), etag))
    }

    /// A document and its index.
    #[must_use]
    pub fn new(text: Arc<str>, index: Index, etag: Etag) -> Self {
        Self::with(text, OnceLock::from(index), etag)
    }

    fn with(text: Arc<str>, index: OnceLock<Index>, etag: Etag) -> Self {
        let bytes = Bytes::from_owner(Shared(Arc::clone(&text)));
        Self { text, bytes, index: Arc::new(index), etag }
    }

    /// The text, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, to be handed on without a copy.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Where everything stands.
    #[must_use]
    pub fn index(&self) -> &Index {
        // Of what is no document an empty index finds nothing.
        self.index.get_or_init(|| Index::build(&self.text).unwrap_or_default())
    }

    /// Which state of the document this is.
    #[must_use]
    pub fn etag(&self) -> &Etag {
        &self.etag
    }

    /// About how many octets of memory it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.text.len() + self.index().weight()
    }
}

struct Shared(Arc<str>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
