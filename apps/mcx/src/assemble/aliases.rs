//! The functional alias controlling server and its node.

use std::sync::Arc;

use aliases::{AliasServer, Config, METHODS};
use driver::{Env, LateWire, Node, NodeHandle};
use kit::Metrics;
use wire::TerminateAll;

use super::{
    audit::{self, Kept},
    node::Profiles,
};
use crate::Failure;

pub(super) async fn start(
    config: &Config,
    profiles: &Profiles,
    metrics: &Metrics,
    kept: Kept<'_>,
    env: &Env,
) -> Result<(AliasServer, NodeHandle), Failure> {
    let name = &config.name;
    let fault = |why: &dyn std::fmt::Display| Failure::start(name, why);
    let wire = LateWire::new();
    let world = env.world(wire.clone());
    let chain = audit::chain(name, &kept, &world).await?;
    let server = AliasServer::open(config.clone(), world, kept.store, Some(chain)).await;
    let server = server.map_err(|why| fault(&why))?.counted_by(metrics);
    let mut node = profiles.node(name, &config.listen)?;
    node.allow = METHODS.into();
    let handle = Node::start(node, Arc::new(TerminateAll), server.service(), env);
    let handle = handle.map_err(|why| fault(&why))?;
    wire.connect(&handle);
    Ok((server, handle))
}
