//! What an entry says.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{Digest, Receipt, SignedHead};

/// One administrative act, or a decision about one. It names persons: whoever reads the log is meant to know who did what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: u64,
    /// What was done: `acm.request.stored`, the part of mcx first, then what it is about, then what happened to it.
    pub act: String,
    /// Who did it: an MC service ID, a partner's name, or the part of mcx that follows a rule.
    pub by: String,
    /// What it was done to: MC service IDs, group IDs, names of documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// The `request-id` of the flow that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The other MC system, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// What was decided, and by which rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// Of what was sent, received or written, byte by byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Whatever else there is to say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
    /// The partner's word that he received what this entry's request is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// The end of the partner's chain, as he signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<SignedHead>,
}

/// A decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ruling {
    /// `allow`, `refuse` with the cause, or `defer`.
    pub verdict: String,
    /// The rule that decided.
    pub rule: String,
}

impl Entry {
    /// An act of somebody at a moment.
    #[must_use]
    pub fn new(at: SystemTime, act: impl Into<String>, by: impl Into<String>) -> Self {
        Self {
            at: milliseconds(at),
            act: act.into(),
            by: by.into(),
            on: Vec::new(),
            request: None,
            partner: None,
            ruling: None,
            digest: None,
            with: BTreeMap::new(),
            receipt: None,
            head: None,
        }
    }

    /// To what it was done.
    #[must_use]
    pub fn on(mut self, what: impl Into<String>) -> Self {
        self.on.push(what.into());
        self
    }

    /// In which flow.
    #[must_use]
    pub fn of(self, request: impl Into<String>) -> Self {
        Self { request: Some(request.into()), ..self }
    }

    /// With which other MC system.
    #[must_use]
    pub fn partner(self, name: impl Into<String>) -> Self {
        Self { partner: Some(name.into()), ..self }
    }

    /// What was decided by which rule.
    #[must_use]
    pub fn ruled(self, verdict: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { ruling: Some(Ruling { verdict: verdict.into(), rule: rule.into() }), ..self }
    }

    /// What was sent, received or written; its digest is kept.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        Self { digest: Some(Digest::of(bytes)), ..self }
    }

    /// What else there is to say.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with.insert(name.into(), value.into());
        self
    }

    /// The partner has confirmed.
    #[must_use]
    pub fn receipt(self, receipt: Receipt) -> Self {
        Self { receipt: Some(receipt), ..self }
    }

    /// The partner has told the end of his chain.
    #[must_use]
    pub fn head(self, head: SignedHead) -> Self {
        Self { head: Some(head), ..self }
    }

    /// The moment.
    #[must_use]
    pub fn when(&self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.at)).unwrap_or(UNIX_EPOCH)
    }
}

/// Since 1970, and nothing before it.
pub(crate) fn milliseconds(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
