//! Subscription-State: RFC 6665 clause 8.2.3.

use super::Typed;
use crate::{
    Malformed, Name, Params,
    lex::{number, token, whole},
    params::params,
};

/// How a subscription stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SubscriptionState<'a> {
    /// `active`, `pending`, `terminated` or another token, in any case.
    pub state: &'a [u8],
    /// All parameters.
    pub params: Params<'a>,
}

impl<'a> SubscriptionState<'a> {
    /// Whether the subscription has ended.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.state.eq_ignore_ascii_case(b"terminated")
    }

    /// Why it ended (clause 4.1.3).
    #[must_use]
    pub fn reason(&self) -> Option<&'a [u8]> {
        self.params.get("reason")
    }

    /// Seconds that it still lasts.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        self.seconds("expires")
    }

    /// Seconds after which to subscribe again.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        self.seconds("retry-after")
    }

    fn seconds(&self, name: &str) -> Option<u32> {
        whole(self.params.get(name)?, number(u64::from(u32::MAX))).ok().and_then(|n| u32::try_from(n).ok())
    }
}

impl<'a> Typed<'a> for SubscriptionState<'a> {
    const NAME: Name = Name::SubscriptionState;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, (token, params)).map(|(state, params)| Self { state, params })
    }
}
