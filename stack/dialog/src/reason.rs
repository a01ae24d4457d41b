//! Why a subscription ended: RFC 6665 clause 4.1.3.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The `reason` of a Subscription-State that says `terminated`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Reason {
    /// The notifier gives the subscription up; the subscriber should begin a new one at once (another replica, a restart).
    Deactivated,
    /// The same, but later: after Retry-After.
    Probation,
    /// It is no longer permitted. No new one.
    Rejected,
    /// It was not refreshed, or its subscriber ended it.
    Timeout,
    /// No decision could be had in time. Again after Retry-After.
    GiveUp,
    /// What was watched is no more. No new one.
    NoResource,
    /// What was watched cannot change any more. No new one.
    Invariant,
}

impl Reason {
    /// As it stands in the header field.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deactivated => "deactivated",
            Self::Probation => "probation",
            Self::Rejected => "rejected",
            Self::Timeout => "timeout",
            Self::GiveUp => "giveup",
            Self::NoResource => "noresource",
            Self::Invariant => "invariant",
        }
    }

    /// Reads one, in any case; none for an unknown one, which a subscriber treats as absent.
    #[must_use]
    pub fn read(text: &[u8]) -> Option<Self> {
        let all = [
            Self::Deactivated,
            Self::Probation,
            Self::Rejected,
            Self::Timeout,
            Self::GiveUp,
            Self::NoResource,
            Self::Invariant,
        ];
        all.into_iter().find(|reason| text.eq_ignore_ascii_case(reason.as_str().as_bytes()))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
