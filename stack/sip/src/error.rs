//! Where a parser stopped and why.

use std::fmt;

use crate::Name;

/// A violated rule of the grammar, or a limit that was passed. Its `Display` is fit for the reason phrase of the refusal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// The rule, in a few words.
    pub rule: &'static str,
    /// The octet at which the parser stopped: of the message where a whole message was parsed, else of the value.
    pub offset: usize,
    /// The status that a refusal of a request should have (RFC 3261 clause 21): 400, 413, 416, 501 or 505.
    pub status: u16,
    /// The header field that is at fault; none for the start line, the framing and values parsed on their own.
    pub header: Option<Name>,
}

impl Malformed {
    /// A fault that is answered 400 (RFC 3261 clause 21.4.1).
    #[must_use]
    pub const fn new(rule: &'static str, offset: usize) -> Self {
        Self { rule, offset, status: 400, header: None }
    }

    /// The same fault, blamed on a header field.
    #[must_use]
    pub const fn of(self, header: Name) -> Self {
        Self { header: Some(header), ..self }
    }

    /// The same fault, answered with another status.
    #[must_use]
    pub const fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same fault, its offset counted from `base` octets earlier.
    #[must_use]
    pub(crate) const fn after(self, base: usize) -> Self {
        Self { offset: self.offset.saturating_add(base), ..self }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.header {
            Some(name) => write!(f, "{name}: {}", self.rule),
            None => f.write_str(self.rule),
        }
    }
}

impl std::error::Error for Malformed {}
