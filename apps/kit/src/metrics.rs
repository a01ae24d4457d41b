//! What entities count: requests by flow and outcome, decisions by question and verdict, questions that await their answer.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::refusal::Cause;

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Request {
    /// The entity's configured name.
    entity: Arc<str>,
    /// The flow's name, `third-party-registration`, or nothing where a request was refused before it could be told.
    flow: &'static str,
    /// The cause's name; nothing where the request was accepted.
    cause: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Decision {
    entity: Arc<str>,
    /// As in ladders and logs, for instance `ask-location`.
    question: &'static str,
    /// `allow`, `defer`, or `refuse` with the cause.
    verdict: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Package {
    entity: Arc<str>,
    /// The event package.
    package: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Lost {
    entity: Arc<str>,
    package: &'static str,
    /// The partner's configured name; nothing for a user and an own server.
    partner: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Entity {
    entity: Arc<str>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Part {
    entity: Arc<str>,
    /// The flow that it was asked in.
    flow: &'static str,
    /// The partner's configured name, who asked or was asked; nothing within the own system.
    partner: String,
    /// The cause's name; nothing where it was given.
    cause: &'static str,
}

/// The counters of all entities of one process. A clone counts into the same.
#[derive(Clone, Default, Debug)]
pub struct Metrics {
    requests: Family<Request, Counter>,
    decisions: Family<Decision, Counter>,
    open: Family<Entity, Gauge>,
    subscriptions: Family<Package, Gauge>,
    lost: Family<Lost, Counter>,
    parts: Family<Part, Counter>,
}

impl Metrics {
    /// Puts the counters into a registry, once for each process.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("mcx_requests", "Requests taken by entities", self.requests.clone());
        registry.register("mcx_decisions", "Decisions of policy", self.decisions.clone());
        registry.register("mcx_questions_open", "Questions that await their answer", self.open.clone());
        registry.register(
            "mcx_subscriptions",
            "Subscriptions that are told of changes",
            self.subscriptions.clone(),
        );
        registry.register("mcx_parts", "Parts of requests by what came of them", self.parts.clone());
        registry.register("mcx_subscriptions_lost", "Subscriptions that a NOTIFY ended", self.lost.clone());
    }

    /// The counters of the entity of this name.
    pub(crate) fn of(&self, entity: Arc<str>) -> Counters {
        let open = self.open.get_or_create(&Entity { entity: Arc::clone(&entity) }).clone();
        Counters { metrics: self.clone(), entity, open }
    }
}

/// The counters of one entity.
#[derive(Clone, Debug)]
pub(crate) struct Counters {
    metrics: Metrics,
    entity: Arc<str>,
    open: Gauge,
}

/// A question that awaits its answer, counted until it is dropped.
pub(crate) struct Open(Gauge);

impl Counters {
    /// A request of this flow was accepted, or refused for a cause.
    pub(crate) fn request(&self, flow: &'static str, refused: Option<Cause>) {
        let labels = Request { entity: self.entity.clone(), flow, cause: refused.map_or("", Cause::name) };
        self.metrics.requests.get_or_create(&labels).inc();
    }

    /// A question was decided.
    pub(crate) fn decided(&self, question: &'static str, verdict: &str) {
        let labels = Decision { entity: self.entity.clone(), question, verdict: verdict.to_owned() };
        self.metrics.decisions.get_or_create(&labels).inc();
    }

    /// A part of a request of this flow, from this partner or to it, was given, or not for a cause.
    pub(crate) fn part(&self, flow: &'static str, partner: Option<&str>, refused: Option<Cause>) {
        let (entity, partner) = (Arc::clone(&self.entity), partner.unwrap_or_default().to_owned());
        let labels = Part { entity, flow, partner, cause: refused.map_or("", Cause::name) };
        self.metrics.parts.get_or_create(&labels).inc();
    }

    /// Those of the subscriptions to one event package.
    pub(crate) fn subscriptions(&self, package: &'static str) -> Subscriptions {
        let labels = Package { entity: Arc::clone(&self.entity), package };
        let held = self.metrics.subscriptions.get_or_create(&labels).clone();
        Subscriptions { labels, held, lost: self.metrics.lost.clone() }
    }

    /// A question was opened.
    pub(crate) fn open(&self) -> Open {
        self.open.inc();
        Open(self.open.clone())
    }
}

/// The counters of the subscriptions to one event package at one entity.
#[derive(Clone, Debug)]
pub(crate) struct Subscriptions {
    labels: Package,
    pub held: Gauge,
    lost: Family<Lost, Counter>,
}

impl Subscriptions {
    /// Of an entity that counts into nothing.
    pub(crate) fn nowhere(package: &'static str) -> Self {
        Metrics::default().of(Arc::from("")).subscriptions(package)
    }

    /// A NOTIFY to this partner, or to a user or an own server, was not taken: the subscription is over with it.
    pub(crate) fn lost(&self, partner: Option<&str>) {
        let (Package { entity, package }, partner) =
            (self.labels.clone(), partner.unwrap_or_default().to_owned());
        self.lost.get_or_create(&Lost { entity, package, partner }).inc();
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests;
