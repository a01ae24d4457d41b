//! The MC service server, its node and its HTTP.

use std::sync::Arc;

use driver::{Env, Http, LateWire, Node, NodeHandle};
use kit::{Metrics, Partner};
use service::{Config, METHODS, McServiceServer};
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
) -> Result<(McServiceServer, NodeHandle, Option<Http>), Failure> {
    let fault = |why: &dyn std::fmt::Display| Failure::start(&config.name, why);
    let http = speaks_http(config).then(|| {
        let http = profiles.http(&config.name, &config.http_limits, config.http.iter());
        Http::new(http, env).map_err(|why| fault(&why))
    });
    let http = http.transpose()?;
    let wire = LateWire::new();
    let world = env.world(wire.clone());
    let world = match &http {
        Some(http) => World { web: http.web(), ..world },
        None => world,
    };
    let counted = service::Metrics::default();
    env.metrics.register(|registry| counted.register(registry));
    let log = audit::log(&config.name, &kept, &world).await?;
    let server =
        McServiceServer::open(config.clone(), partners(config)?, world, kept.store, counted, log).await;
    let server = server.map_err(|why| fault(&why))?.counted_by(metrics);
    let mut node = profiles.node(&config.name, &config.listen)?;
    node.allow = METHODS.into();
    let handle = Node::start(node, Arc::new(TerminateAll), server.service(), env);
    let handle = handle.map_err(|why| fault(&why))?;
    wire.connect(&handle);
    if let Some(http) = &http {
        let site = server.web();
        for listen in &config.http {
            let listener = http_listener(listen).map_err(|why| fault(&why))?;
            http.listen(listener, site.clone()).map_err(|why| fault(&why))?;
        }
    }
    Ok((server, handle, http))
}

/// The partners of a configuration, each bound to its issuer.
pub(super) fn partners(config: &Config) -> Result<Vec<Partner>, Failure> {
    service::migration::partners(config, anchor).map_err(|why| Failure::start(&config.name, why))
}

/// Whether it fetches documents or keys, or is asked by administrators.
fn speaks_http(config: &Config) -> bool {
    let fetches = config.groups.is_some() || config.profiles.is_some() || !config.issuers.is_empty();
    fetches || !config.http.is_empty()
}
