//! What an identity management server counts.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use crate::{grants, oauth::Refused};

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Grant {
    entity: Arc<str>,
    /// The last part of the grant's name.
    grant: &'static str,
    /// The code of the refusal; nothing where it was granted.
    refused: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct LogIn {
    entity: Arc<str>,
    /// `right`, `wrong`, `locked-out`, `failed`
    outcome: &'static str,
}

/// The counters of all identity management servers of one process. A clone counts into the same.
#[derive(Clone, Default, Debug)]
pub struct Metrics {
    grants: Family<Grant, Counter>,
    log_ins: Family<LogIn, Counter>,
    entity: Arc<str>,
}

impl Metrics {
    /// Puts the counters into a registry, once for each process.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("mcx_identity_grants", "Requests to the token endpoint", self.grants.clone());
        registry.register("mcx_identity_log_ins", "Passwords that were shown", self.log_ins.clone());
    }

    pub(crate) fn of(&self, entity: &str) -> Self {
        Self { entity: Arc::from(entity), ..self.clone() }
    }

    pub(crate) fn granted(&self, grant: &str, refused: Option<&Refused>) {
        let known = grants::ALL.iter().find(|known| **known == grant);
        let grant = known.and_then(|name| name.rsplit(':').next()).unwrap_or("unknown");
        let refused = refused.map_or("", |refused| refused.code.name());
        self.grants.get_or_create(&Grant { entity: Arc::clone(&self.entity), grant, refused }).inc();
    }

    pub(crate) fn log_in(&self, outcome: &'static str) {
        self.log_ins.get_or_create(&LogIn { entity: Arc::clone(&self.entity), outcome }).inc();
    }
}
