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
struct Entity {
    entity: Arc<str>,
}

/// The counters of all entities of one process. A clone counts into the same.
#[derive(Clone, Default, Debug)]
pub struct Metrics {
    requests: Family<Request, Counter>,
    decisions: Family<Decision, Counter>,
    open: Family<Entity, Gauge>,
}

impl Metrics {
    /// Puts the counters into a registry, once for each process.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("mcx_requests", "Requests taken by entities", self.requests.clone());
        registry.register("mcx_decisions", "Decisions of policy", self.decisions.clone());
        registry.register("mcx_questions_open", "Questions that await their answer", self.open.clone());
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

    /// A question was opened.
    pub(crate) fn open(&self) -> Open {
        self.open.inc();
        Open(self.open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests;
