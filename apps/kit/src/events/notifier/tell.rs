//! Sending NOTIFY, one at a time to each subscriber: RFC 6665 clauses 4.2.2 and 4.1.3.

use std::time::Duration;

use dialog::{
    Id, Reason,
    notifier::{Action, Input, State},
};
use sip::{Method, Name, Request};
use wire::{Hop, WireError};

use super::{KEPT_EVERY, Notifier};
use crate::{
    events::{Body, Package, Told, Watch, known, retry_after},
    partner::PartnerId,
    peer::Peer,
    refusal::Cause,
    stop::{Done, Stop},
};

/// How long a fault of ours, or a queue that is full, puts a NOTIFY off; and how long one waits at first that could not be brought to
/// the subscriber. The wait doubles each time.
const PAUSE: Duration = Duration::from_secs(5);

/// How long one waits at first, at least, that the subscriber put off. It doubles each time: he says how long he wants to be spared, and
/// not how often he is told the same in vain.
const PUT_OFF: Duration = Duration::from_secs(1);

/// No longer does one wait. A transport that fails ends one transaction, and no dialog (RFC 5057 clause 5.1): a subscriber that is out
/// of reach is tried until its subscription ends.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What is to be told, as it stood when it became due.
struct Due {
    peer: Peer,
    hop: Hop,
    watch: Watch,
    told: Told,
    /// Everything is told, known or not.
    is_whole: bool,
    /// How many NOTIFYs before it could not be brought to the subscriber, or were put off by him.
    lost: u32,
    /// The value of Subscription-State.
    state: String,
    /// Whether there is state to tell: not while it is pending, nor once it is refused.
    with_state: bool,
    /// This is the only one, whatever comes in between.
    is_fetch: bool,
    /// It says that the subscription is over.
    is_last: bool,
}

impl<P: Package> Notifier<P> {
    /// Does what a machine wants, until it wants nothing more.
    pub(super) async fn act(&self, id: Id, mut action: Action) {
        while let Action::Notify | Action::NotifyNews = action {
            action = self.notify(&id, action == Action::NotifyNews).await;
        }
        if action == Action::Remove {
            self.forget(&id).await;
        }
    }

    async fn notify(&self, id: &Id, only_news: bool) -> Action {
        let Some(due) = self.due(id) else { return Action::Nothing };
        let body = match self.body(id, &due).await {
            Ok(Some(body)) if due.is_fetch && body.is_part => {
                tracing::info!(target: "mcx::refused", package = P::NAME, "a fetch brings no state: it is more than one NOTIFY holds");
                None
            }
            Ok(body) => body,
            Err(stop) if due.is_fetch => {
                tracing::info!(target: "mcx::fault", package = P::NAME, ?stop, "a fetch brings no state");
                None
            }
            Err(Stop::Fault(fault)) => {
                tracing::error!(target: "mcx::fault", package = P::NAME, %fault, "a NOTIFY has no body");
                return self.feed(id, &due, Input::Deferred(PAUSE), None);
            }
            Err(_) => {
                self.feed(id, &due, Input::Ended(Reason::Rejected), None);
                return self.feed(id, &due, Input::NothingNew, None);
            }
        };
        if only_news && body.as_ref().is_none_or(|body| !body.is_news) {
            return self.feed(id, &due, Input::NothingNew, None);
        }
        let Some((request, keep)) = self.request(id, &due.state) else { return Action::Nothing };
        if keep {
            self.keep_anew(id).await;
        }
        self.tell_tracer(&due, body.as_ref()).await;
        let is_part = body.as_ref().is_some_and(|body| body.is_part);
        let (input, told) = self.send(id, request, &due, body).await;
        if is_part {
            // The rest is due as soon as this has been answered.
            self.feed_alone(id, Input::Changed);
        }
        self.feed(id, &due, input, told)
    }

    /// The machine hears what became of it, and the subscriber knows what it was told.
    fn feed(&self, id: &Id, due: &Due, input: Input, told: Option<Told>) -> Action {
        let now = self.time();
        let mut book = self.inner.book();
        let Some(entry) = book.get_mut(id) else { return Action::Nothing };
        match told {
            Some(told) => (entry.told, entry.lost) = (told, 0),
            None => entry.is_whole |= due.is_whole,
        }
        entry.handle(now, input)
    }

    /// While a NOTIFY is under way, so that nothing is to be done about it yet.
    fn feed_alone(&self, id: &Id, input: Input) {
        let now = self.time();
        if let Some(entry) = self.inner.book().get_mut(id) {
            entry.handle(now, input);
        }
    }

    fn due(&self, id: &Id) -> Option<Due> {
        let now = self.time();
        let mut book = self.inner.book();
        let entry = book.get_mut(id)?;
        Some(Due {
            peer: entry.peer.clone(),
            hop: entry.hop.clone(),
            watch: entry.record.watch.clone(),
            told: entry.told.clone(),
            is_whole: std::mem::take(&mut entry.is_whole),
            lost: entry.lost,
            state: entry.record.machine.header(now),
            with_state: entry.is_fetch || entry.record.machine.state() == State::Active,
            is_fetch: entry.is_fetch,
            is_last: entry.is_over(),
        })
    }

    /// None where no state is told.
    async fn body(&self, id: &Id, due: &Due) -> Done<Option<Body>> {
        if !due.with_state {
            return Ok(None);
        }
        if self.is_rejected(id).await {
            return Err(Cause::NotPermitted.into());
        }
        self.inner.package.body(&due.watch, &due.told, due.is_whole).await.map(Some)
    }

    /// The request within the dialog, and whether the subscription is due to be kept anew.
    fn request(&self, id: &Id, state: &str) -> Option<(Request, bool)> {
        let own = format!("<{}>", self.inner.setup.own.as_str());
        let mut book = self.inner.book();
        let record = &mut book.get_mut(id)?.record;
        let request = record
            .dialog
            .request(Method::Notify)
            .header(Name::Contact, &own)
            // A terminal learns from its SIP core who it is that tells (RFC 3325 9.1).
            .header(Name::PAssertedIdentity, &own)
            .header(Name::Event, &record.event)
            .header(Name::SubscriptionState, state);
        Some((request, record.dialog.sent().is_multiple_of(KEPT_EVERY)))
    }

    /// Which of the watched is told otherwise than before, and which steps that is.
    async fn tell_tracer(&self, due: &Due, body: Option<&Body>) {
        let Some(tracer) = self.inner.tracer.get() else { return };
        let told = body.map(|body| &body.told);
        let steps = match told {
            Some(told) => self.inner.package.steps(&due.peer, &due.told, told).await,
            None => Vec::new(),
        };
        for step in &steps {
            tracer.step(&step.flow, step.clause, step.number);
        }
        let flow = steps.first().map_or("", |step| step.flow.as_str());
        let names = || {
            let before = |name: &str| due.told.get(name).map(|state| state.as_deref().map(known));
            let is_other = |name: &str, now: Option<&str>| before(name) != Some(now.map(known));
            let others = told.into_iter().flatten().filter(|(name, now)| is_other(name, now.as_deref()));
            others.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
        };
        tracer.sent(flow, &due.hop.name, || format!("NOTIFY {}", P::NAME), names);
    }

    async fn keep_anew(&self, id: &Id) {
        if let Err(fault) = self.keep_on_telling(id).await {
            tracing::error!(target: "mcx::fault", package = P::NAME, %fault, "a subscription could not be kept");
        }
    }

    async fn send(&self, id: &Id, request: Request, due: &Due, body: Option<Body>) -> (Input, Option<Told>) {
        let (bytes, told) = body.map_or((None, None), |body| (body.bytes, Some(body.told)));
        let request = match bytes {
            Some(bytes) => request.body(P::MEDIA_TYPE, bytes),
            None => request,
        };
        match self.inner.setup.world.wire.request(request, due.hop.clone()).await {
            Ok(answer) => {
                let status = answer.response.status().unwrap_or(500);
                let told = told.filter(|_| (200..300).contains(&status));
                match retry_after(&answer.response) {
                    Some(asked) if status >= 300 && status != 481 => {
                        (Input::Deferred(asked.max(self.lost(id, due, PUT_OFF))), None)
                    }
                    _ => {
                        if !(200..300).contains(&status) {
                            self.ended_by(due, &format!("refused {status}"));
                        }
                        (Input::Answered(Some(status)), told)
                    }
                }
            }
            Err(WireError::Overloaded) => (Input::Deferred(PAUSE), None),
            // A process that ends has not lost its subscribers.
            Err(WireError::Closed) => (Input::Deferred(PAUSE), None),
            Err(WireError::Unreachable(_) | WireError::Interrupted(_)) => {
                (Input::Deferred(self.lost(id, due, PAUSE)), None)
            }
            Err(error) => {
                if due.peer.partner().is_none() {
                    // The names of what is watched are users' own, and groups'.
                    let (peer, watched) = (&due.peer, due.watch.resources.len());
                    tracing::warn!(target: "mcx::wire", package = P::NAME, ?peer, watched, %error, "a subscriber is gone");
                }
                self.ended_by(due, "not answered");
                (Input::Answered(None), None)
            }
        }
    }

    /// A NOTIFY that was not taken has ended the subscription (RFC 6665 4.2.2). A partner holds what it was told so far, and hears of
    /// nothing more until it subscribes anew, at the latest when it would refresh.
    fn ended_by(&self, due: &Due, how: &str) {
        if due.is_fetch || due.is_last {
            return;
        }
        let partner = due.peer.partner().map(PartnerId::name);
        self.inner.book().counters().lost(partner);
        let Some(partner) = partner else { return };
        if let Some(untold) = self.inner.seldom.turn(self.inner.setup.world.clock.now(), partner) {
            tracing::warn!(target: "mcx::wire", package = P::NAME, untold, "NOTIFY {how}: {partner} no longer follows");
        }
    }

    /// One more that did not arrive: how long the next one waits, of which the first would wait so long.
    fn lost(&self, id: &Id, due: &Due, first: Duration) -> Duration {
        if let Some(entry) = self.inner.book().get_mut(id) {
            entry.lost = entry.lost.saturating_add(1);
        }
        first.saturating_mul(2_u32.saturating_pow(due.lost)).min(LONGEST_PAUSE)
    }
}
