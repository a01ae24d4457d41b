//! A functional entity: a table from flow to handler, and what every entity answers alike.
//!
//! ```text
//! Entity::new(cx)
//!     .registered(log_on::receive)            // TS 24.229 5.4.1.7
//!     .on(locate_abroad::request)             // 10.9.3.10.2 steps 1, 2, 3, 7
//!     .awaits::<LocationReport>()             // the answer of a partner
//! ```

mod answers;
mod basics;
mod event;
mod publication;
mod stand_in;
mod table;

use std::{future::Future, sync::Arc, time::Duration};

use futures::FutureExt as _;
use wire::{Arrival, BoxFuture, Reply, Service};
use xml_schemas::flow::{Flow, Part};

use crate::{
    carriage,
    cx::Cx,
    gate::Gate,
    load::Load,
    metrics::Metrics,
    partner::Way,
    peer::Peer,
    refusal::Cause,
    registration::Registration,
    repeats::{Id, Key, Repeats, Seen},
    stop::{Done, Stop},
};
use table::{Question, Route, Table};

/// A sender gives a request up after 64 * T1, which is 32 s (RFC 3261 17.1.2.2, timer F), and may then send it anew, in another
/// transaction; a repeat is recognised for as long again.
const REPEATS_KEPT: Duration = Duration::from_secs(64);

/// Two thousand accepted requests in each of those seconds, half of them one peer's.
const REPEATS: usize = 128_000;

/// What a third-party registration is counted as.
const REGISTRATION: &str = "third-party-registration";

/// A received flow and who sent it.
#[derive(Clone, Debug)]
pub struct Inbound<F> {
    /// Who sent it, as the hop proves.
    pub peer: Peer,
    /// What it says.
    pub flow: F,
}

/// The request is accepted for processing: it is answered 200, and the outcome comes in a message of its own.
#[derive(Default)]
pub struct Accepted {
    after: Option<BoxFuture<'static, ()>>,
}

impl Accepted {
    /// Nothing more is to be done.
    #[must_use]
    pub fn done() -> Self {
        Self::default()
    }

    /// This goes on once the acceptance has been handed down, so that no outcome overtakes it.
    #[must_use]
    pub fn then(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { after: Some(work.boxed()) }
    }
}

/// A functional entity, ready to be given to a node.
pub struct Entity<S> {
    cx: Cx<S>,
    table: Arc<Table<S>>,
    repeats: Arc<Repeats>,
    load: Arc<Load>,
}

impl<S> Clone for Entity<S> {
    fn clone(&self) -> Self {
        let Self { cx, table, repeats, load } = self;
        Self {
            cx: cx.clone(),
            table: Arc::clone(table),
            repeats: Arc::clone(repeats),
            load: Arc::clone(load),
        }
    }
}

impl<S: Send + Sync + 'static> Entity<S> {
    /// An entity that handles nothing yet.
    #[must_use]
    pub fn new(cx: Cx<S>) -> Self {
        let limit = cx.profile().limit;
        let (repeats, load) = (Arc::new(Repeats::new(REPEATS_KEPT, REPEATS)), Arc::new(Load::new(limit)));
        Self { cx, table: Arc::default(), repeats, load }
    }

    /// This handler receives the flow that its argument names.
    #[must_use]
    pub fn on<F, H, Fut>(mut self, handler: H) -> Self
    where
        F: Flow,
        H: Fn(Cx<S>, Inbound<F>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Accepted>> + Send + 'static,
    {
        Arc::make_mut(&mut self.table).on(true, handler);
        self
    }

    /// This handler receives reports: it starts no work, and may let some end, so that it is heard however much is at work.
    #[must_use]
    pub fn on_report<F, H, Fut>(mut self, handler: H) -> Self
    where
        F: Flow,
        H: Fn(Cx<S>, Inbound<F>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Accepted>> + Send + 'static,
    {
        Arc::make_mut(&mut self.table).on(false, handler);
        self
    }

    /// As [`Entity::on`], for a handler that keeps what it has done and is safe to repeat: a request that comes again is handled
    /// again, so that an answer that was lost is given once more.
    #[must_use]
    pub fn on_again<F, H, Fut>(mut self, handler: H) -> Self
    where
        F: Flow,
        H: Fn(Cx<S>, Inbound<F>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Accepted>> + Send + 'static,
    {
        Arc::make_mut(&mut self.table).on_again(true, handler);
        self
    }

    /// As [`Entity::on_report`], for a handler that is safe to repeat.
    #[must_use]
    pub fn on_report_again<F, H, Fut>(mut self, handler: H) -> Self
    where
        F: Flow,
        H: Fn(Cx<S>, Inbound<F>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Accepted>> + Send + 'static,
    {
        Arc::make_mut(&mut self.table).on_again(false, handler);
        self
    }

    /// Flows of this type are answers: each is handed to the [`Cx::ask`] that awaits it.
    #[must_use]
    pub fn awaits<F: Flow>(mut self) -> Self {
        Arc::make_mut(&mut self.table).awaits::<F>();
        self
    }

    /// This handler receives third-party registrations from the own SIP core (TS 24.229 5.4.1.7).
    #[must_use]
    pub fn registered<H, Fut>(mut self, handler: H) -> Self
    where
        H: Fn(Cx<S>, Registration) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Accepted>> + Send + 'static,
    {
        Arc::make_mut(&mut self.table).registered(handler);
        self
    }

    /// Counts into these, which its process shares.
    #[must_use]
    pub fn counted_by(mut self, metrics: &Metrics) -> Self {
        self.cx.count_into(metrics);
        self.table.counted_by(self.cx.counters());
        self
    }

    /// The context, for work that no request starts.
    #[must_use]
    pub fn cx(&self) -> &Cx<S> {
        &self.cx
    }

    /// The entity's door, for whoever ends it.
    #[must_use]
    pub fn gate(&self) -> Gate {
        Gate::new(Arc::clone(&self.load), self.cx.pending().load())
    }

    async fn answer(self, request: sip::Message, arrival: Arrival) -> Reply {
        let (flow, taken) = self.take(&request, &arrival).await;
        let refused = taken.as_ref().err().map(|stop| stop.refusal().cause);
        self.cx.counters().request(flow, refused);
        match taken {
            Ok(Accepted { after }) => {
                self.record(&request, &arrival, 200);
                Reply { response: sip::Response::new(200), after }
            }
            Err(stop) => self.refuse(&request, &arrival, &stop).into(),
        }
    }

    /// What becomes of a request, and the name of its flow as far as it could be told.
    async fn take(&self, request: &sip::Message, arrival: &Arrival) -> (&'static str, Done<Accepted>) {
        let peer = match self.admit(request, arrival) {
            Ok(peer) => peer,
            Err(stop) => return ("", Err(stop)),
        };
        if request.method() == sip::Method::Register {
            return (REGISTRATION, self.take_registration(&peer, request).await);
        }
        match basics::flow(&self.cx, &peer, request) {
            Ok((name, parts)) => (name, self.take_flow(peer, name, &parts).await),
            Err(stop) => ("", Err(stop)),
        }
    }

    fn admit(&self, request: &sip::Message, arrival: &Arrival) -> Done<Peer> {
        basics::no_extension_required(request)?;
        Ok(self.cx.profile().trust.peer(&self.cx.partners(), request, arrival)?)
    }

    async fn take_registration(&self, peer: &Peer, request: &sip::Message) -> Done<Accepted> {
        if !peer.is_core() {
            return Err(Cause::NotPermitted.into());
        }
        let handler = self.table.registration().ok_or(Cause::MethodNotAllowed)?;
        let agreed = |user: &crate::peer::Impu| self.cx.profile().protected.get(user).cloned();
        handler(self.cx.clone(), Registration::read(request, agreed)?).await
    }

    async fn take_flow(&self, peer: Peer, name: &'static str, parts: &[Part<'_>]) -> Done<Accepted> {
        let route = self.table.route(name).ok_or(Cause::UnknownRequestType)?;
        self.check_agreement(&peer, || carriage::known_as(parts, name))?;
        match route(&self.cx, peer, parts)? {
            Route::Answer(handed) => handed.map(|()| Accepted::done()).map_err(Stop::from),
            Route::Question(question) if question.again => self.handle(question).await,
            Route::Question(question) => {
                let id = Id { flow: name, request_id: question.request_id.clone() };
                let key = Key { peer: question.peer.clone(), id };
                match self.repeats.enter(&key, &carriage::substance(parts), self.cx.world().clock.now()) {
                    Seen::Repeated => return Ok(Accepted::done()),
                    Seen::Conflicting => return Err(Cause::RepeatedRequest.into()),
                    Seen::New => {}
                }
                let outcome = self.handle(question).await;
                if outcome.is_err() {
                    self.repeats.withdraw(&key);
                }
                outcome
            }
        }
    }

    /// The place at work is held until the work is done that the question has started.
    async fn handle(&self, question: Question) -> Done<Accepted> {
        let slot = if question.bounded { Some(self.load.take(Some(&question.peer))?) } else { None };
        let Accepted { after } = question.handling.await?;
        Ok(Accepted { after: after.map(|work| work.map(|()| drop(slot)).boxed()) })
    }

    /// Without gateways between the systems nobody else enforces the agreement.
    fn check_agreement(&self, peer: &Peer, flow: impl FnOnce() -> String) -> Result<(), Cause> {
        match self.cx.partner(peer) {
            Ok(partner) if partner.way == Way::Direct && !partner.inbound.allows(&flow()) => {
                Err(Cause::NotPermitted)
            }
            _ => Ok(()),
        }
    }
}

impl<S: Send + Sync + 'static> Service for Entity<S> {
    fn serve(&self, request: sip::Message, arrival: Arrival) -> BoxFuture<'static, Reply> {
        if matches!(request.method(), sip::Method::Options | sip::Method::Message)
            && let Some(why) = self.stood_in_for(&request, &arrival)
        {
            return self.clone().refused_for(request, arrival, why).boxed();
        }
        match request.method() {
            sip::Method::Options => {
                let accept = basics::accept(self.cx.profile());
                let response = sip::Response::new(200).header(sip::Name::Allow, self.table.allow());
                futures::future::ready(response.header(sip::Name::Accept, accept).into()).boxed()
            }
            sip::Method::Message | sip::Method::Register => self.clone().answer(request, arrival).boxed(),
            sip::Method::Subscribe | sip::Method::Notify => self.clone().event(request, arrival).boxed(),
            sip::Method::Publish => self.clone().publication(request, arrival).boxed(),
            other => {
                let refused = self.refuse(&request, &arrival, &basics::refused_method(other).into());
                futures::future::ready(refused.into()).boxed()
            }
        }
    }
}

#[cfg(test)]
mod tests;
