//! What ties a report to its request.

use std::{fmt, str::FromStr, sync::Arc};

use super::BadId;

/// Names one request from end to end: correlation and idempotency key at once. Made by the asker, opaque to others.
///
/// 1 to 128 visible ASCII characters. It is shown in logs as it is, so it must not be personal: an `@`, without which
/// nobody can be named, is refused.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Checks an identifier.
    ///
    /// # Errors
    /// [`BadId`] when it is empty, too long, or has an `@` or a character that is not visible ASCII.
    pub fn new(text: &str) -> Result<Self, BadId> {
        let rule = match text.len() {
            0 => Some("it is empty"),
            129.. => Some("it is too long"),
            _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Some("it holds a character that is not visible ASCII")
            }
            _ if text.contains('@') => Some("it could name somebody: it holds an @"),
            _ => None,
        };
        rule.map_or_else(|| Ok(Self(text.into())), |rule| Err(BadId { what: "request identifier", rule }))
    }

    /// Stands where none can be made.
    pub(crate) fn anonymous() -> Self {
        Self("-".into())
    }

    /// The identifier as it is written on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::new(text)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
