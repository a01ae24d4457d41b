//! What a node is given of the world.

use std::sync::Arc;

use tokio::runtime::Handle;
use wire::{Clock, Ids, Recorder, Tasks, Wire, World, web::NoWeb};

use crate::{Metrics, Room, RuntimeTasks, net::Net};

/// A network, a clock, chance, who listens, and where entities run. One per process or per test; cloned into each node.
#[derive(Clone)]
pub struct Env {
    /// The network.
    pub net: Arc<dyn Net>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
    /// Who listens.
    pub recorder: Arc<dyn Recorder>,
    /// What is counted.
    pub metrics: Metrics,
    /// The runtime of entities: services and what they spawn.
    pub runtime: Handle,
    /// What peers' connections may take of the process's descriptors.
    pub room: Room,
}

impl Env {
    /// What an entity behind `wire` is given; it speaks no HTTP until its `web` is replaced.
    #[must_use]
    pub fn world(&self, wire: Arc<dyn Wire>) -> World {
        World {
            wire,
            web: Arc::new(NoWeb),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            tasks: self.tasks(),
            recorder: self.recorder.clone(),
        }
    }

    /// Work beside the caller, on the entities' runtime.
    #[must_use]
    pub fn tasks(&self) -> Arc<dyn Tasks> {
        RuntimeTasks::shared(self.runtime.clone(), self.metrics.clone())
    }
}
