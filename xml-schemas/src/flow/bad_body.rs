//! Why bodies do not carry a flow, and what is answered.

use std::fmt;

/// Bodies that are not the flow that they should be. Says which body and where, never what stood there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadBody {
    /// No body is of a type that is known here.
    Unsupported {
        /// Media types that would have been accepted.
        accepted: &'static [&'static str],
    },
    /// A body that the flow needs is not there.
    Missing {
        /// Which.
        media_type: &'static str,
    },
    /// A body is there twice.
    Doubled {
        /// Which.
        media_type: &'static str,
    },
    /// A body is not well-formed, or not valid.
    Malformed {
        /// Which.
        media_type: &'static str,
        /// Where, and why.
        error: xml::Malformed,
    },
    /// An element that is needed is encrypted for someone else.
    Encrypted {
        /// In which body.
        media_type: &'static str,
        /// Which element.
        element: &'static str,
    },
    /// `req-type` or `resp-type` has a value that is not known.
    UnknownKind,
    /// The bodies are those of another flow.
    OtherFlow,
    /// A target is named in a way that this flow does not have.
    UnsupportedTarget,
    /// The MC service concerned is one that this flow does not have.
    UnsupportedService,
    /// The bodies contradict each other.
    Contradiction {
        /// How.
        rule: &'static str,
    },
}

impl BadBody {
    pub(crate) fn encrypted(media_type: &'static str, element: &'static str) -> Self {
        Self::Encrypted { media_type, element }
    }

    /// The SIP status that answers it: 415 where the type or its encryption is not supported, 403 where the kind of request
    /// is not served, else 400.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Unsupported { .. } | Self::Encrypted { .. } => 415,
            Self::UnknownKind | Self::OtherFlow | Self::UnsupportedTarget | Self::UnsupportedService => 403,
            Self::Missing { .. }
            | Self::Doubled { .. }
            | Self::Malformed { .. }
            | Self::Contradiction { .. } => 400,
        }
    }
}

/// The text for a Warning header field (RFC 3261 20.43): one line, without personal data.
impl fmt::Display for BadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported { accepted } => {
                write!(f, "body not supported, accepted: {}", accepted.join(", "))
            }
            Self::Missing { media_type } => write!(f, "body missing: {}", short(media_type)),
            Self::Doubled { media_type } => write!(f, "body appears twice: {}", short(media_type)),
            Self::Malformed { media_type, error } => write!(f, "{} {error}", short(media_type)),
            Self::Encrypted { media_type, element } => {
                write!(f, "{}: {element} is encrypted", short(media_type))
            }
            Self::UnknownKind => f.write_str("req-type or resp-type not known"),
            Self::OtherFlow => f.write_str("req-type or resp-type of another flow"),
            Self::UnsupportedTarget => f.write_str("target must be named by its MC service ID"),
            Self::UnsupportedService => f.write_str("MCData is not migrated"),
            Self::Contradiction { rule } => write!(f, "bodies contradict each other: {rule}"),
        }
    }
}

/// `mcptt-info` for `application/vnd.3gpp.mcptt-info+xml`: a Warning is one line.
fn short(media_type: &str) -> &str {
    let name = media_type.rsplit(['.', '/']).next().unwrap_or(media_type);
    name.strip_suffix("+xml").unwrap_or(name)
}

impl std::error::Error for BadBody {}
