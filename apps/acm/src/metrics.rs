//! What an ACM server counts.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Happened {
    entity: Arc<str>,
    /// `asked`, `received`, `refused`, `decided`, `answered`, `expired`, `withdrawn`, `delivered`, `undelivered`, `retried`, `told`,
    /// `limited`, `unreadable`.
    event: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Of {
    entity: Arc<str>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Waiting {
    entity: Arc<str>,
    /// The partner's configured name.
    partner: Arc<str>,
}

/// The counters of all ACM servers of one process. A clone counts into the same.
#[derive(Clone, Default, Debug)]
pub struct Metrics {
    events: Family<Happened, Counter>,
    letters: Family<Waiting, Gauge>,
    age: Family<Waiting, Gauge>,
    aliases: Family<Of, Gauge>,
}

impl Metrics {
    /// Puts the counters into a registry, once for each process.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "mcx_acm_events",
            "What has happened to administrative requests",
            self.events.clone(),
        );
        registry.register(
            "mcx_acm_letters",
            "Messages that a partner's ACM server has still to accept",
            self.letters.clone(),
        );
        registry.register(
            "mcx_acm_letter_age_seconds",
            "How long the oldest of those messages has waited",
            self.age.clone(),
        );
        registry.register(
            "mcx_acm_aliases_age_seconds",
            "How long ago the alias server was heard last",
            self.aliases.clone(),
        );
    }

    pub(crate) fn happened(&self, entity: &Arc<str>, event: &'static str) {
        self.events.get_or_create(&Happened { entity: Arc::clone(entity), event }).inc();
    }

    pub(crate) fn aliases_heard(&self, entity: &Arc<str>, age: u64) {
        let gauge = self.aliases.get_or_create(&Of { entity: Arc::clone(entity) });
        gauge.set(i64::try_from(age).unwrap_or(i64::MAX));
    }

    pub(crate) fn letters(&self, entity: &Arc<str>, partner: &Arc<str>, letters: usize, age: u64) {
        let labels = Waiting { entity: Arc::clone(entity), partner: Arc::clone(partner) };
        self.letters.get_or_create(&labels).set(i64::try_from(letters).unwrap_or(i64::MAX));
        self.age.get_or_create(&labels).set(i64::try_from(age).unwrap_or(i64::MAX));
    }
}
