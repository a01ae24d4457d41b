//! What a group management server counts.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::share::Conflict;

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Delivery {
    entity: Arc<str>,
    /// The partner's configured name.
    partner: String,
    /// `stored`, `withdrawn`, `conflict`, or the cause of a failure.
    outcome: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Contested {
    entity: Arc<str>,
    partner: String,
    group: String,
    /// Our entity tag of what was to take the place of theirs.
    ours: String,
    /// The partner's.
    theirs: String,
}

/// The counters of all group management servers of one process. A clone counts into the same.
#[derive(Clone, Default, Debug)]
pub struct Metrics {
    deliveries: Family<Delivery, Counter>,
    contested: Family<Contested, Gauge>,
}

impl Metrics {
    /// Puts the counters into a registry, once for each process.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "mcx_group_deliveries",
            "Attempts to tell a partner about a group",
            self.deliveries.clone(),
        );
        registry.register(
            "mcx_group_conflicts",
            "Groups of which a partner holds something else than we provided",
            self.contested.clone(),
        );
    }

    pub(crate) fn delivered(&self, entity: &Arc<str>, partner: &str, outcome: &str) {
        let (partner, outcome) = (partner.to_owned(), outcome.to_owned());
        self.deliveries.get_or_create(&Delivery { entity: Arc::clone(entity), partner, outcome }).inc();
    }

    /// A partner holds something else of a group than we provided; or does no longer.
    pub(crate) fn contested(
        &self,
        entity: &Arc<str>,
        (partner, group): (&str, &str),
        conflict: &Conflict,
        is_so: bool,
    ) {
        let labels = Contested {
            entity: Arc::clone(entity),
            partner: partner.to_owned(),
            group: group.to_owned(),
            ours: conflict.ours.clone(),
            theirs: conflict.etag.clone(),
        };
        if is_so {
            self.contested.get_or_create(&labels).set(1);
        } else {
            self.contested.remove(&labels);
        }
    }
}
