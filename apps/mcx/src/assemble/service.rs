//! The MC service server, its node and its HTTP.

use std::sync::Arc;

use driver::{Env, Http, LateWire, Node, NodeHandle};
use kit::Metrics;
use service::{Config, McServiceServer};
use wire::{TerminateAll, World};

use super::node::{Profiles, http_listener};
use crate::Failure;

pub(super) fn start(
    config: &Config,
    profiles: &Profiles,
    metrics: &Metrics,
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
    let server = McServiceServer::new(config.clone(), world).counted_by(metrics);
    let node = profiles.node(&config.name, &config.listen)?;
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

/// Whether it fetches documents, or is asked by administrators.
fn speaks_http(config: &Config) -> bool {
    config.groups.is_some() || config.profiles.is_some() || !config.http.is_empty()
}
