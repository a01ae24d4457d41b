//! The MC service server and its node.

use std::sync::Arc;

use driver::{Env, LateWire, Node, NodeHandle};
use kit::Metrics;
use service::{Config, McServiceServer};
use wire::TerminateAll;

use super::node::Profiles;
use crate::Failure;

pub(super) fn start(
    config: &Config,
    profiles: &Profiles,
    metrics: &Metrics,
    env: &Env,
) -> Result<(McServiceServer, NodeHandle), Failure> {
    let wire = LateWire::new();
    let server = McServiceServer::new(config.clone(), env.world(wire.clone())).counted_by(metrics);
    let node = profiles.node(&config.name, &config.listen)?;
    let handle = Node::start(node, Arc::new(TerminateAll), server.service(), env);
    let handle = handle.map_err(|why| Failure::start(&config.name, why))?;
    wire.connect(&handle);
    Ok((server, handle))
}
