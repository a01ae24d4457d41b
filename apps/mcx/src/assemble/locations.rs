//! The location management server and its node.

use std::sync::Arc;

use driver::{Env, LateWire, Node, NodeHandle};
use kit::Metrics;
use locations::Config;
use wire::TerminateAll;

use super::node::{Profiles, anchor};
use crate::Failure;

pub(super) fn start(
    config: &Config,
    profiles: &Profiles,
    metrics: &Metrics,
    env: &Env,
) -> Result<NodeHandle, Failure> {
    let name = &config.name;
    let partners = locations::partners(config, anchor).map_err(|why| Failure::start(name, why))?;
    let wire = LateWire::new();
    let entity = locations::entity(config.clone(), partners, env.world(wire.clone())).counted_by(metrics);
    let node = profiles.node(name, &config.listen)?;
    let handle = Node::start(node, Arc::new(TerminateAll), Arc::new(entity), env);
    let handle = handle.map_err(|why| Failure::start(name, why))?;
    wire.connect(&handle);
    Ok(handle)
}
