//! From wire back to cause.

use wire::WireError;

use super::{CAUSE_HEADER, Cause, TABLE, WARNING_101, WARNING_141, WARNING_179};

impl Cause {
    /// The cause with this `cause-code`; none for a code of a later release.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        TABLE.iter().find(|row| row.code == code).map(|row| row.cause)
    }

    /// Why a request was refused, from its final response: by [`CAUSE_HEADER`] where the peer sets it, else by the
    /// Warning, else by the status. Meaningful for final responses other than 2xx only.
    #[must_use]
    pub fn from_response(response: &sip::Message) -> Self {
        Self::from_header(response).or_else(|| Self::from_warning(response)).unwrap_or_else(|| match response
            .status()
            .unwrap_or(500)
        {
            400 | 416 => Self::MalformedMessage,
            403 => Self::NotPermitted,
            404 | 410 | 604 => Self::UnknownTarget,
            405 => Self::MethodNotAllowed,
            412 => Self::NoPublication,
            408 | 504 => Self::TimedOut,
            413 => Self::TooLarge,
            415 => Self::UnsupportedBody,
            420 => Self::BadExtension,
            423 => Self::TooBrief,
            480 => Self::LoggedOff,
            489 => Self::BadEvent,
            502 | 503 => Self::PartnerUnreachable,
            _ => Self::Unspecified,
        })
    }

    /// Whether a response says its cause itself: then a server that knows causes has judged it, the one it was sent to or a gateway on
    /// the way, and no proxy that merely gave up.
    pub(crate) fn is_told(response: &sip::Message) -> bool {
        Self::from_header(response).is_some()
    }

    fn from_header(response: &sip::Message) -> Option<Self> {
        let value = response.extension(CAUSE_HEADER)?;
        Self::from_code(std::str::from_utf8(value).ok()?.trim().parse().ok()?)
    }

    fn from_warning(response: &sip::Message) -> Option<Self> {
        let says = |text: &str| {
            let mut warnings = response.values(sip::Name::Warning);
            warnings.any(|value| value.windows(text.len()).any(|part| part == text.as_bytes()))
        };
        let known =
            [(WARNING_179, Self::NotPermitted), (WARNING_101, Self::BadToken), (WARNING_141, Self::NotBound)];
        known.into_iter().find_map(|(text, cause)| says(text).then_some(cause))
    }
}

/// What is left of a transport failure above the wire.
impl From<&WireError> for Cause {
    fn from(error: &WireError) -> Self {
        match error {
            WireError::Timeout
            | WireError::Unreachable(_)
            | WireError::Interrupted(_)
            | WireError::Closed => Self::PartnerUnreachable,
            WireError::Overloaded => Self::Overloaded,
        }
    }
}
