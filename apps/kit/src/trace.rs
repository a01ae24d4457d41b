//! What an entity tells about a procedure while it runs: the same event goes to the log and to whoever draws a ladder.
//!
//! The log gets names, numbers and the flow's `request-id`. Identities and positions go to the recorder only, which
//! lab and tests listen to.

mod words;

use std::sync::Arc;

use wire::{Entry, Kind, Recorder};

pub use words::{words, words_of_part};

/// Reports for one entity; cheap to clone.
#[derive(Clone)]
pub struct Tracer {
    entity: Arc<str>,
    recorder: Arc<dyn Recorder>,
}

impl Tracer {
    /// Reports under the entity's configured name.
    #[must_use]
    pub fn new(entity: Arc<str>, recorder: Arc<dyn Recorder>) -> Self {
        Self { entity, recorder }
    }

    /// The entity's configured name.
    #[must_use]
    pub fn entity(&self) -> &Arc<str> {
        &self.entity
    }

    /// Whether a recorder listens, so that details need not be built otherwise.
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.recorder.is_listening()
    }

    /// A numbered step of a clause happens here, in the words of [`words`].
    pub fn step(&self, flow: &str, clause: &'static str, number: u8) {
        self.step_saying(flow, clause, number, words(clause, number));
    }

    /// A numbered step of a clause happens here, in words of the caller's.
    pub fn step_saying(&self, flow: &str, clause: &'static str, number: u8, text: &str) {
        tracing::info!(target: "mcx::step", entity = %self.entity, flow, clause, number, text);
        self.record(flow, || Kind::Step { clause, number, text: text.to_owned() });
    }

    /// A request leaves for another entity: which, and what is in it.
    pub fn sent(
        &self,
        flow: &str,
        to: &Arc<str>,
        what: impl FnOnce() -> String,
        detail: impl FnOnce() -> String,
    ) {
        tracing::debug!(target: "mcx::sent", entity = %self.entity, flow, to = %to);
        self.record(flow, || Kind::Sent { to: Arc::clone(to), what: what(), detail: detail() });
    }

    /// A request is answered.
    pub fn answered(&self, flow: &str, to: &Arc<str>, what: &str) {
        tracing::debug!(target: "mcx::answered", entity = %self.entity, flow, to = %to, what);
        self.record(flow, || Kind::Answered { to: Arc::clone(to), what: what.to_owned() });
    }

    /// A decision was made, by this rule.
    pub fn decided(&self, flow: &str, question: &'static str, verdict: &str, rule: &str) {
        tracing::info!(target: "mcx::decided", entity = %self.entity, flow, question, verdict, rule);
        self.record(flow, || Kind::Decided { question, verdict: verdict.to_owned(), rule: rule.to_owned() });
    }

    fn record(&self, flow: &str, kind: impl FnOnce() -> Kind) {
        if self.recorder.is_listening() {
            self.recorder.record(Entry {
                flow: flow.to_owned(),
                entity: Arc::clone(&self.entity),
                kind: kind(),
            });
        }
    }
}
