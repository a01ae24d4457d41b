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

use wire::BoxFuture;

pub use notifier::{Hops, Lifetimes, Notifier, Partners, Setup};
pub use package::{Body, Package, Step, Told, Watch};
pub use watcher::{Ask, Held, Outcome, Watcher};

/// A response that the entity gives as it is, and what it releases.
pub struct Answered {
    /// Goes back at once.
    pub response: sip::Response,
    /// Started once the response has been handed down.
    pub after: Option<BoxFuture<'static, ()>>,
}

impl From<sip::Response> for Answered {
    fn from(response: sip::Response) -> Self {
        Self { response, after: None }
    }
}

#[cfg(test)]
mod tests;
