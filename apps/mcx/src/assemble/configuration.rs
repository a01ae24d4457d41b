//! The configuration management server, its node and its HTTP.

use std::sync::Arc;

use configuration::{Cms, Config};
use driver::{Env, Http, LateWire, Node, NodeHandle};
use kit::{Entity, Metrics};
use wire::{TerminateAll, World};

use super::{
    audit::{self, Kept},
    node::{Profiles, http_listener},
};
use crate::Failure;

pub(super) async fn start(
    config: &Config,
    profiles: &Profiles,
    metrics: &Metrics,
    kept: Kept<'_>,
    env: &Env,
) -> Result<(Entity<Cms>, NodeHandle, Http), Failure> {
    let name = &config.name;
    let fault = |why: &dyn std::fmt::Display| Failure::start(name, why);
    let http = Http::new(profiles.http(name, &config.http_limits, config.http.iter()), env);
    let http = http.map_err(|why| fault(&why))?;
    let wire = LateWire::new();
    let world = World { web: http.web(), ..env.world(wire.clone()) };
    let log = audit::log(name, &kept, &world).await?;
    let entity = configuration::entity(config.clone(), kept.store, world, log);
    let entity = entity.map_err(|why| fault(&why))?.counted_by(metrics);
    let node = profiles.node(name, &config.listen)?;
    let handle = Node::start(node, Arc::new(TerminateAll), Arc::new(entity.clone()), env);
    let handle = handle.map_err(|why| fault(&why))?;
    wire.connect(&handle);
    let site = configuration::web(&entity);
    for listen in &config.http {
        let listener = http_listener(listen).map_err(|why| fault(&why))?;
        http.listen(listener, site.clone()).map_err(|why| fault(&why))?;
    }
    configuration::start(&entity);
    Ok((entity, handle, http))
}
