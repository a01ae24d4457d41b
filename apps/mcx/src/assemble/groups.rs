//! The group management server, its node and its HTTP.

use std::sync::Arc;

use driver::{Env, Http, LateWire, Node, NodeHandle};
use groups::{Config, Gms};
use kit::{Entity, Metrics, Partner};
use wire::{TerminateAll, World};

use super::{
    anchor,
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
) -> Result<(Entity<Gms>, NodeHandle, Http), Failure> {
    let name = &config.name;
    let fault = |why: &dyn std::fmt::Display| Failure::start(name, why);
    let listeners = || config.http.iter();
    let http = Http::new(profiles.http(name, &config.http_limits, listeners()), env);
    let http = http.map_err(|why| fault(&why))?;
    let counted = groups::Metrics::default();
    env.metrics.register(|registry| counted.register(registry));
    let wire = LateWire::new();
    let world = World { web: http.web(), ..env.world(wire.clone()) };
    let log = audit::log(name, &kept, &world).await?;
    let entity = groups::entity(config.clone(), partners(config)?, kept.store, counted, world, log);
    let entity = entity.map_err(|why| fault(&why))?.counted_by(metrics);
    let node = profiles.node(name, &config.listen)?;
    let handle = Node::start(node, Arc::new(TerminateAll), Arc::new(entity.clone()), env);
    let handle = handle.map_err(|why| fault(&why))?;
    wire.connect(&handle);
    let site = groups::web(&entity);
    for listen in listeners() {
        let listener = http_listener(listen).map_err(|why| fault(&why))?;
        http.listen(listener, site.clone()).map_err(|why| fault(&why))?;
    }
    groups::start(&entity);
    Ok((entity, handle, http))
}

/// The partners of a configuration, each bound to its issuer.
pub(super) fn partners(config: &Config) -> Result<Vec<Partner>, Failure> {
    groups::partners(config, anchor).map_err(|why| Failure::start(&config.name, why))
}

/// Takes up what was read again. Groups that are shared are looked at again beside whatever goes on.
pub(super) fn replace(running: &Entity<Gms>, read: &Config, partners: Vec<Partner>) {
    let (entity, read) = (running.clone(), read.clone());
    let work = async move {
        if let Err(fault) = groups::replace(&entity, &read, partners).await {
            tracing::error!(target: "mcx::fault", entity = read.name, %fault, "groups could not be looked at again");
        }
    };
    running.cx().world().tasks.spawn(Box::pin(work));
}
