//! What an MC service server counts.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Server {
    entity: Arc<str>,
}

use crate::migration::MigrationMetrics;

/// The counters of all MC service servers of one process. A clone counts into the same.
#[derive(Clone, Default, Debug)]
pub struct Metrics {
    identities: Family<Server, Gauge>,
    clients: Family<Server, Gauge>,
    /// Those of migrations.
    pub migrations: MigrationMetrics,
}

impl Metrics {
    /// Puts the counters into a registry, once for each process.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "mcx_service_identities",
            "Public user identities that are registered, as the SIP core tells",
            self.identities.clone(),
        );
        registry.register(
            "mcx_service_clients",
            "Clients that are service-authorized, visitors' among them",
            self.clients.clone(),
        );
        self.migrations.register(registry);
    }

    /// So many identities are bound, with so many clients.
    pub(crate) fn authorizations(&self, entity: &Arc<str>, (identities, clients): (usize, usize)) {
        let server = || Server { entity: Arc::clone(entity) };
        let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.identities.get_or_create(&server()).set(gauge(identities));
        self.clients.get_or_create(&server()).set(gauge(clients));
    }
}
