//! What tests, the lab and the console see of a procedure, as it happens.

use std::sync::Arc;

/// Takes what entities report. The driver stamps nothing: order of calls is the order of events.
pub trait Recorder: Send + Sync {
    /// Called where the step happens; must not block.
    fn record(&self, entry: Entry);
    /// Whether anybody listens, so that a hot path can skip building entries.
    fn is_listening(&self) -> bool {
        true
    }
}

/// One line of a ladder.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The `request-id` of the flow, the same in both systems; empty where none is known.
    pub flow: String,
    /// Who reports: the configured name of the entity.
    pub entity: Arc<str>,
    /// What happened.
    pub kind: Kind,
}

/// What an entity reports.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A step of a clause was taken here.
    Step {
        /// For instance `10.9.3.10.2`.
        clause: &'static str,
        /// The step's number in the clause.
        number: u8,
        /// A few words of ours: what was done.
        text: String,
    },
    /// A request was sent to another entity (the sender reports).
    Sent {
        /// The configured name of the next hop.
        to: Arc<str>,
        /// For instance `MESSAGE location-information-request`.
        what: String,
        /// What was in it: targets, results; never a secret.
        detail: String,
    },
    /// A final response was given to a request (who answers reports).
    Answered {
        /// Whom: the entity or address the request came from.
        to: Arc<str>,
        /// For instance `200 OK`.
        what: String,
    },
    /// A decision was made, with the rule that made it.
    Decided {
        /// The question.
        question: &'static str,
        /// `allow`, `refuse` with the cause, or `defer`.
        verdict: String,
        /// The name of the rule.
        rule: String,
    },
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Recorder for Silent {
    fn record(&self, _: Entry) {}
    fn is_listening(&self) -> bool {
        false
    }
}
