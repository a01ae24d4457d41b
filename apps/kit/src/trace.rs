//! What an entity tells about a procedure while it runs: the same event goes to the log and to whoever draws a ladder.
//!
//! The log gets names, numbers and the flow's `request-id`. Identities and positions go to the recorder only, which
//! lab and tests listen to.

use std::sync::Arc;

use wire::{Entry, Kind, Recorder};

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

/// A few words of ours for a step, where every entity that takes it does the same.
#[must_use]
pub fn words(clause: &str, number: u8) -> &'static str {
    match (clause, number) {
        ("10.9.3.10.2", 1) => "a requester asks its own location management server",
        ("10.9.3.10.2", 2) => "may the requester ask for each target?",
        ("10.9.3.10.2", 3) => "the primary's location management server asks the partner's",
        ("10.9.3.10.2", 4) => "may each target's location be told to the requesting system?",
        ("10.9.3.10.2", 5) => "the locations are brought up to date (10.9.3.2)",
        ("10.9.3.10.2", 6) => "the partner's location management server reports to the primary's",
        ("10.9.3.10.2", 7) => "the requester gets the report",
        ("10.9.3.2", 1) => "the target's location management client is asked",
        ("10.9.3.2", 2) => "the user is asked for permission",
        ("10.9.3.2", 3) => "the client reports, and what is known of the target is brought up to date",
        ("10.2.7.2", 1) => "the primary's group management server provides the group, as its policy has it",
        ("10.2.7.2", 2) => "the partner's policy modifies the group",
        ("10.2.7.2", 3) | ("10.2.7.3", 5) => "the modified group is stored beside what was provided",
        ("10.2.7.2", 4) | ("10.2.7.3", 6) => "MC service servers that subscribed are notified",
        ("10.2.7.2", 5) => "the partner says that the group is received and stored",
        ("10.2.7.3", 1) => "an MC service server asks its own group management server",
        ("10.2.7.3", 2) => "the partner's group management server asks the primary's",
        ("10.2.7.3", 3) => "the primary's group management server provides the group, as its policy has it",
        ("10.2.7.3", 4) => "the partner's policy modifies the group",
        ("10.6.3.3", 1) => "the client asks to work here, with both IDs and the profile",
        ("10.6.3.3", 2) => "is the user expected from that system?",
        ("10.6.3.3", 3) => "the partner's MC service server asks the primary's",
        ("10.6.3.3", 6) => "may the user migrate there with that profile?",
        ("10.6.3.3", 7) => "the user is marked as migrated, and the system recorded",
        ("10.6.3.3", 8) => "the primary's MC service server answers the partner's",
        ("10.6.3.3", 11) => "the client is told: migrated, and authorized here",
        _ => "",
    }
}
