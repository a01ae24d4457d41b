//! The location management server and its node.

use std::sync::Arc;

use driver::{Env, LateWire, Node, NodeHandle};
use kit::{Entity, Metrics, Partner};
use locations::{Config, Lms};
use wire::TerminateAll;

use super::{anchor, node::Profiles};
use crate::Failure;

pub(super) fn start(
    config: &Config,
    profiles: &Profiles,
    metrics: &Metrics,
    env: &Env,
) -> Result<(Entity<Lms>, NodeHandle), Failure> {
    let name = &config.name;
    let wire = LateWire::new();
    let entity =
        locations::entity(config.clone(), partners(config)?, env.world(wire.clone())).counted_by(metrics);
    let node = profiles.node(name, &config.listen)?;
    let handle = Node::start(node, Arc::new(TerminateAll), Arc::new(entity.clone()), env);
    let handle = handle.map_err(|why| Failure::start(name, why))?;
    wire.connect(&handle);
    Ok((entity, handle))
}

/// The partners of a configuration, each bound to its issuer.
pub(super) fn partners(config: &Config) -> Result<Vec<Partner>, Failure> {
    locations::partners(config, anchor).map_err(|why| Failure::start(&config.name, why))
}
