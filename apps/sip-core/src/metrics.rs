//! What a SIP core counts.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Shown {
    entity: Arc<str>,
    outcome: &'static str,
}

/// The counters of all SIP cores of one process. A clone counts into the same.
#[derive(Clone, Default, Debug)]
pub struct Metrics {
    credentials: Family<Shown, Counter>,
}

impl Metrics {
    /// Puts the counters into a registry, once for each process.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "mcx_sip_core_credentials",
            "Credentials that were shown to the registrar",
            self.credentials.clone(),
        );
    }

    /// Counts credentials: `right`, `wrong`, `stale`, `locked-out`.
    pub(crate) fn shown(&self, entity: &Arc<str>, outcome: &'static str) {
        self.credentials.get_or_create(&Shown { entity: Arc::clone(entity), outcome }).inc();
    }
}
