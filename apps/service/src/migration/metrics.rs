//! What is counted of migrations.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Server {
    entity: Arc<str>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Happened {
    entity: Arc<str>,
    /// `asked`, `admitted`, `marked`, `answer-dropped`, `taken-back`, `given-up`, `ended`, `limited`, `undelivered`, `disagreed`, `accepted`,
    /// `dismissed`.
    event: &'static str,
}

/// The counters of all MC service servers of one process. A clone counts into the same.
#[derive(Clone, Default, Debug)]
pub struct MigrationMetrics {
    events: Family<Happened, Counter>,
    marks: Family<Server, Gauge>,
    unconfirmed: Family<Server, Gauge>,
    visits: Family<Server, Gauge>,
    letters: Family<Server, Gauge>,
}

impl MigrationMetrics {
    /// Puts the counters into a registry, once for each process.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("mcx_migrations", "What has happened to migrations", self.events.clone());
        registry.register("mcx_migration_marks", "Own users who are marked as migrated", self.marks.clone());
        registry.register(
            "mcx_migration_unconfirmed",
            "Marks of which the partner system is not known to know",
            self.unconfirmed.clone(),
        );
        registry.register(
            "mcx_migration_visits",
            "Users of other systems who ask to work here, or do",
            self.visits.clone(),
        );
        registry.register(
            "mcx_migration_letters",
            "Messages that are still to be delivered",
            self.letters.clone(),
        );
    }

    pub(super) fn happened(&self, entity: &Arc<str>, event: &'static str) {
        self.events.get_or_create(&Happened { entity: Arc::clone(entity), event }).inc();
    }

    /// So many marks, marks without confirmation, visits and letters there are.
    pub(super) fn holds(&self, entity: &Arc<str>, counts: [usize; 4]) {
        let gauges = [&self.marks, &self.unconfirmed, &self.visits, &self.letters];
        for (gauge, count) in gauges.into_iter().zip(counts) {
            let server = Server { entity: Arc::clone(entity) };
            gauge.get_or_create(&server).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}
