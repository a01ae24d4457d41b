//! One body of a message.

use std::borrow::Cow;

use super::BadBody;
use crate::body::Body;

/// A body with its media type. Two are equal that say the same, whatever their messages call them.
#[derive(Clone, Debug)]
pub struct Part<'b> {
    /// The value of Content-Type, parameters included.
    pub content_type: &'b str,
    /// The body.
    pub bytes: Cow<'b, [u8]>,
    /// The value of Content-ID without its brackets (RFC 2392): by this other bodies of the message may refer to it.
    pub content_id: Option<&'b str>,
}

impl PartialEq for Part<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.content_type == other.content_type && self.bytes == other.bytes
    }
}

impl Eq for Part<'_> {}

impl<'b> Part<'b> {
    /// A body of a received message.
    #[must_use]
    pub fn borrowed(content_type: &'b str, bytes: &'b [u8]) -> Self {
        Self { content_type, bytes: Cow::Borrowed(bytes), content_id: None }
    }

    /// The same, by this name.
    #[must_use]
    pub fn named(self, content_id: Option<&'b str>) -> Self {
        Self { content_id, ..self }
    }

    /// Whether this is the media type, whatever its parameters (RFC 3261 20.15: names compare without case).
    #[must_use]
    pub fn is(&self, media_type: &str) -> bool {
        let essence = self.content_type.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(media_type)
    }
}

impl Part<'static> {
    /// A body to be sent.
    #[must_use]
    pub fn of<B: Body>(body: &B) -> Self {
        Self { content_type: B::MEDIA_TYPE, bytes: Cow::Owned(body.write()), content_id: None }
    }
}

/// The body of this type, where there is one.
pub(crate) fn optional_body<B: Body>(parts: &[Part<'_>]) -> Result<Option<B>, BadBody> {
    let mut found = parts.iter().filter(|part| part.is(B::MEDIA_TYPE));
    let Some(part) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(BadBody::Doubled { media_type: B::MEDIA_TYPE });
    }
    let body =
        B::read(&part.bytes).map_err(|error| BadBody::Malformed { media_type: B::MEDIA_TYPE, error })?;
    Ok(Some(body))
}

/// The body of this type, which must be there.
pub(crate) fn body<B: Body>(parts: &[Part<'_>]) -> Result<B, BadBody> {
    optional_body(parts)?.ok_or(BadBody::Missing { media_type: B::MEDIA_TYPE })
}
