//! All that a procedure ever sees: its entity's state and name, its partners, policy, and the wire through typed flows.

mod ask;
mod decide;
mod fetch;
mod send;

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use wire::{Hop, World};
use xml_schemas::ids::{Psi, RequestId};

use crate::{
    carriage::Protection,
    metrics::{Counters, Metrics},
    partner::{Partner, PartnerTable},
    peer::{Impu, Peer, Trust},
    pending::Pending,
    refusal::Cause,
    seldom::Seldom,
    trace::{Tracer, words_of_part},
};

pub use send::{OwnServer, To, Untold};

/// What an entity is, beside its own state.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The configured name, for ladders, logs and metrics (`lms1.core.primary.example`); never on the wire to a partner.
    pub name: Arc<str>,
    /// The public service identity under which others know the entity.
    pub psi: Psi,
    /// What the entity is, as partners' service identities are configured by function (`locations`).
    pub function: &'static str,
    /// The media types, beside `multipart/mixed`, that it reads: the Accept of a 415 or of an answer to OPTIONS.
    pub accept: Vec<&'static str>,
    /// The hop to the own SIP core, for messages to users.
    pub core: Option<Hop>,
    /// Whom it believes.
    pub trust: Trust,
    /// Whether it asserts its identity (a server of the trust domain, RFC 3325) or only prefers one (a client).
    pub asserts: bool,
    /// How long an answer is awaited, unless a call says otherwise; 10 s unless configured.
    pub deadline: Duration,
    /// How many questions may await their answer, and how many accepted requests may be at work, at once.
    pub limit: usize,
    /// What was agreed on the protection of bodies inside the own MC system (TS 33.180 5.4, the client-server key): at a server by
    /// the identity that a user registers, at a client by its server's service identity.
    pub protected: HashMap<Impu, Arc<Protection>>,
}

impl Profile {
    /// A profile with the defaults: no core, nobody trusted, 10 s, 10,000 at once.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, function: &'static str, psi: Psi) -> Self {
        Self {
            name: name.into(),
            psi,
            function,
            accept: Vec::new(),
            core: None,
            trust: Trust::default(),
            asserts: true,
            deadline: Duration::from_secs(10),
            limit: 10_000,
            protected: HashMap::new(),
        }
    }

    /// What stands for the entity in a Warning: its domain, since a Warning may travel to a partner and must not show
    /// a host (RFC 3261 20.43 allows a pseudonym).
    #[must_use]
    pub fn warn_agent(&self) -> &str {
        self.psi.domain()
    }
}

/// Before the `request-id` of a question within a flow that needs one of its own. That of the flow stands behind it.
pub const WITHIN: &str = "permit.";

/// The flow that a question belongs to, so that one identifier names it in all traces.
fn whole(flow: &RequestId) -> RequestId {
    let of = flow.as_str().strip_prefix(WITHIN).and_then(|whole| RequestId::new(whole).ok());
    of.unwrap_or_else(|| flow.clone())
}

/// The context of a procedure. Cheap to clone; a clone inside a procedure stays with the same flow.
pub struct Cx<S> {
    inner: Arc<Inner<S>>,
    counters: Counters,
    flow: Option<RequestId>,
    /// Whose request it is that the flow began with.
    origin: Option<Peer>,
}

struct Inner<S> {
    state: S,
    profile: Profile,
    world: World,
    partners: RwLock<Arc<PartnerTable>>,
    pending: Pending<Peer>,
    tracer: Tracer,
    /// Lines about strangers.
    seldom: Seldom,
}

impl<S> Clone for Cx<S> {
    fn clone(&self) -> Self {
        let Self { inner, counters, flow, origin } = self;
        let (flow, origin) = (flow.clone(), origin.clone());
        Self { inner: Arc::clone(inner), counters: counters.clone(), flow, origin }
    }
}

/// The entity's own state.
impl<S> Deref for Cx<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.inner.state
    }
}

impl<S> Cx<S> {
    /// A context, made once when the entity starts.
    #[must_use]
    pub fn new(profile: Profile, state: S, partners: PartnerTable, world: World) -> Self {
        let tracer = Tracer::new(Arc::clone(&profile.name), Arc::clone(&world.recorder));
        let pending = Pending::new(profile.limit);
        let counters = Metrics::default().of(Arc::clone(&profile.name));
        let partners = RwLock::new(Arc::new(partners));
        let inner = Inner { state, profile, world, partners, pending, tracer, seldom: Seldom::default() };
        Self { inner: Arc::new(inner), counters, flow: None, origin: None }
    }

    /// The context of one flow: its steps and messages carry this `request-id`.
    #[must_use]
    pub fn for_flow(&self, flow: &RequestId) -> Self {
        Self { flow: Some(whole(flow)), ..self.clone() }
    }

    /// The context in which a received request is handled: whatever is asked for its sake counts as its sender's.
    pub(crate) fn for_request(&self, flow: &RequestId, sender: &Peer) -> Self {
        Self { origin: Some(sender.clone()), ..self.for_flow(flow) }
    }

    pub(crate) fn origin(&self) -> Option<&Peer> {
        self.origin.as_ref()
    }

    /// A numbered step of a clause happens here.
    pub fn step(&self, clause: &'static str, number: u8) {
        self.tracer().step(self.flow_id(), clause, number);
    }

    /// A part of a numbered step of a clause happens here: `'a'`, `'b'`.
    pub fn step_part(&self, clause: &'static str, number: u8, part: char) {
        let text = words_of_part(clause, number, part);
        self.tracer().step_saying(self.flow_id(), clause, number, text);
    }

    /// The interconnected MC system that sent a request: the precondition of whatever it asks.
    ///
    /// # Errors
    /// [`Cause::UnknownPartner`] where the sender is none.
    pub fn partner(&self, peer: &Peer) -> Result<Arc<Partner>, Cause> {
        let id = peer.partner().ok_or(Cause::UnknownPartner)?;
        self.partners().get(id).cloned().ok_or(Cause::UnknownPartner)
    }

    /// What was agreed with a sender on the protection of bodies: with a partner, or with a user's client.
    pub(crate) fn protection_with(&self, peer: &Peer) -> Option<Arc<Protection>> {
        match (peer.partner(), peer.user()) {
            (Some(partner), _) => self.partners().protection(partner.name()).cloned(),
            (None, Some(user)) => self.profile().protected.get(user).cloned(),
            (None, None) => None,
        }
    }

    /// All interconnected MC systems, as they are now.
    #[must_use]
    pub fn partners(&self) -> Arc<PartnerTable> {
        Arc::clone(&self.inner.partners.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on these are the interconnected MC systems. What is under way ends with those that it began with.
    pub fn replace_partners(&self, partners: PartnerTable) {
        *self.inner.partners.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(partners);
    }

    /// What the entity is.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.inner.profile
    }

    /// Time, chance and tasks.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.inner.world
    }

    /// The `request-id` of the flow; empty outside one.
    #[must_use]
    pub fn flow_id(&self) -> &str {
        self.flow.as_ref().map_or("", RequestId::as_str)
    }

    /// The flow that a message belongs to in a trace: the context's own, else the message's.
    pub(crate) fn flow_or<'a>(&'a self, request_id: &'a RequestId) -> &'a str {
        self.flow.as_ref().unwrap_or(request_id).as_str()
    }

    /// A question was decided: told, and counted.
    pub(crate) fn decided(&self, question: &'static str, verdict: &str, rule: &str) {
        self.counters.decided(question, verdict);
        self.tracer().decided(self.flow_id(), question, verdict, rule);
    }

    /// From now on, counts into these.
    pub(crate) fn count_into(&mut self, metrics: &Metrics) {
        self.counters = metrics.of(Arc::clone(&self.profile().name));
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(crate) fn tracer(&self) -> &Tracer {
        &self.inner.tracer
    }

    /// When the log is told of strangers.
    pub(crate) fn seldom(&self) -> &Seldom {
        &self.inner.seldom
    }

    pub(crate) fn pending(&self) -> &Pending<Peer> {
        &self.inner.pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_within_a_flow_is_traced_as_the_flow() {
        let traced = |id: &str| RequestId::new(id).map(|id| whole(&id).as_str().to_owned()).ok();
        assert_eq!(traced("permit.7b7ae7a1").as_deref(), Some("7b7ae7a1"));
        for own in ["7b7ae7a1", "permit", "permit."] {
            assert_eq!(traced(own).as_deref(), Some(own));
        }
    }
}
