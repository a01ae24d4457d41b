//! Sending NOTIFY, one at a time to each subscriber: RFC 6665 clauses 4.2.2 and 4.1.3.

use std::time::Duration;

use dialog::{
    Id,
    notifier::{Action, Input, State},
};
use sip::{Method, Name, Request};
use wire::{Hop, WireError};

use super::{KEPT_EVERY, Notifier};
use crate::events::{Body, Package, Told, Watch};

/// How long a fault of ours, or a queue that is full, puts a NOTIFY off.
const PAUSE: Duration = Duration::from_secs(5);

/// A NOTIFY but for its body.
struct Draft {
    request: Request,
    hop: Hop,
    watch: Watch,
    told: Told,
    /// Whether there is state to tell: not while it is pending, nor once it is refused.
    with_state: bool,
    /// Whether the subscription is due to be kept anew.
    keep: bool,
}

impl<P: Package> Notifier<P> {
    /// Does what a machine wants, until it wants nothing more.
    pub(super) async fn act(&self, id: Id, mut action: Action) {
        while action == Action::Notify {
            action = self.notify(&id).await;
        }
        if action == Action::Remove {
            self.forget(&id).await;
        }
    }

    async fn notify(&self, id: &Id) -> Action {
        let Some(draft) = self.draft(id) else { return Action::Nothing };
        if draft.keep {
            self.keep_anew(id).await;
        }
        let (input, told) = self.send(draft).await;
        let now = self.inner.setup.world.clock.wall();
        let mut book = self.inner.book();
        let Some(entry) = book.get_mut(id) else { return Action::Nothing };
        if let Some(told) = told {
            entry.told = told;
        }
        entry.record.machine.handle(now, input)
    }

    fn draft(&self, id: &Id) -> Option<Draft> {
        let setup = &self.inner.setup;
        let now = setup.world.clock.wall();
        let mut book = self.inner.book();
        let entry = book.get_mut(id)?;
        let state = entry.record.machine.header(now);
        let request = entry
            .record
            .dialog
            .request(Method::Notify)
            .header(Name::Contact, format!("<{}>", setup.own.as_str()))
            .header(Name::Event, &entry.record.event)
            .header(Name::SubscriptionState, state);
        Some(Draft {
            request,
            hop: entry.hop.clone(),
            watch: entry.record.watch.clone(),
            told: entry.told.clone(),
            with_state: entry.record.machine.state() == State::Active,
            keep: entry.record.dialog.sent().is_multiple_of(KEPT_EVERY),
        })
    }

    async fn keep_anew(&self, id: &Id) {
        let record = self.inner.book().get(id).map(|entry| entry.record.clone());
        let Some(record) = record else { return };
        if let Err(fault) = self.keep(&record).await {
            tracing::error!(target: "mcx::fault", package = P::NAME, %fault, "a subscription could not be kept");
        }
    }

    async fn send(&self, draft: Draft) -> (Input, Option<Told>) {
        let Draft { request, hop, watch, told, with_state, .. } = draft;
        let (request, told) = if with_state {
            match self.inner.package.body(&watch, &told).await {
                Ok(Body { bytes: Some(bytes), told }) => (request.body(P::MEDIA_TYPE, bytes), Some(told)),
                Ok(Body { bytes: None, told }) => (request, Some(told)),
                Err(fault) => {
                    tracing::error!(target: "mcx::fault", package = P::NAME, %fault, "a NOTIFY has no body");
                    return (Input::Deferred(PAUSE), None);
                }
            }
        } else {
            (request, None)
        };
        match self.inner.setup.world.wire.request(request, hop).await {
            Ok(answer) => {
                let status = answer.response.status().unwrap_or(500);
                let wait = answer.response.typed::<sip::RetryAfter<'_>>().ok().flatten();
                let told = told.filter(|_| (200..300).contains(&status));
                match wait {
                    Some(wait) if status >= 300 && status != 481 => {
                        (Input::Deferred(Duration::from_secs(wait.seconds.into())), told)
                    }
                    _ => (Input::Answered(Some(status)), told),
                }
            }
            Err(WireError::Overloaded) => (Input::Deferred(PAUSE), None),
            // A process that ends has not lost its subscribers.
            Err(WireError::Closed) => (Input::Deferred(PAUSE), None),
            Err(error) => {
                tracing::info!(target: "mcx::wire", package = P::NAME, %error, "a subscriber is gone");
                (Input::Answered(None), None)
            }
        }
    }
}
