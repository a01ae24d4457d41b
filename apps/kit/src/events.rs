//! Event packages at an entity: who is subscribed to what, and what is told. RFC 6665 over `stack/dialog`.
//!
//! A [`Notifier`] keeps the subscriptions of one package: it answers SUBSCRIBE, sends NOTIFY, one at a time to each
//! subscriber, and keeps what a restart must not lose. What is watched, by whom, and what a NOTIFY says is the package's
//! to know. A [`Watcher`] is the other end.

mod book;
mod notifier;
mod package;
mod record;
mod watcher;

use std::time::Duration;

use wire::BoxFuture;

pub use notifier::{Hops, Lifetimes, Notifier, Partners, Setup};
pub use package::{Body, Package, Step, Told, Watch, is_once_more, known, once_more};
pub use watcher::{Ask, Held, Outcome, Watcher};

/// For how long a server subscribes, to another of its own system or of a partner's. A subscription that its notifier has given up
/// without a word, since nothing came back for a while (RFC 6665 clause 4.2.2), is missed at the next refresh, after half of this:
/// until then what is known of what is watched may be stale.
pub const LIFETIME: Duration = Duration::from_secs(600);

/// Octets that a subscription to one resource takes as it is kept, and more than those: also one that has come through two gateways that
/// hide their systems.
pub const OCTETS: usize = 2 << 10;

/// A response that the entity gives as it is, and what it releases.
pub struct Answered {
    /// Goes back at once.
    pub response: sip::Response,
    /// Started once the response has been handed down.
    pub after: Option<BoxFuture<'static, ()>>,
}

/// How long a response asks its requester to wait (RFC 3261 clause 20.33); none where it does not say so, or not legibly.
#[must_use]
pub fn retry_after(response: &sip::Message) -> Option<Duration> {
    let wait = response.typed::<sip::RetryAfter<'_>>().ok().flatten();
    wait.map(|wait| Duration::from_secs(wait.seconds.into()))
}

impl From<sip::Response> for Answered {
    fn from(response: sip::Response) -> Self {
        Self { response, after: None }
    }
}

#[cfg(test)]
mod tests;
