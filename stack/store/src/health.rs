//! Whether a store can be used, for who watches over it.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

use crate::Fault;

/// How a store is.
#[derive(Clone, Debug)]
pub enum Health {
    /// It can be read and written.
    Sound,
    /// Commits fail for this reason, and reads too unless it is a full disk. The engine goes on trying to put it right.
    Broken(Fault),
}

/// What is counted about a store. A clone counts into the same.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    usable: Gauge,
    faults: Counter,
}

impl Metrics {
    /// Puts the metrics into a registry, once for each store.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "mcx_store_usable",
            "Whether the store can be read and written",
            self.usable.clone(),
        );
        let faults = "Faults of the store, and attempts to open it again that failed";
        registry.register("mcx_store_faults", faults, self.faults.clone());
    }

    /// Takes in how the store is now.
    pub fn observe(&self, health: &Health) {
        match health {
            Health::Sound => self.usable.set(1),
            Health::Broken(_) => {
                self.faults.inc();
                self.usable.set(0)
            }
        };
    }
}
