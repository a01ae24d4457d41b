//! The ACM server, its node, and its way to own servers over HTTP.

use std::sync::Arc;

use acm::{AcmServer, Config, METHODS};
use driver::{Env, Http, LateWire, Node, NodeHandle};
use kit::{Metrics, Partner, config::HttpLimits};
use wire::{TerminateAll, World};

use super::{
    anchor,
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
) -> Result<(AcmServer, NodeHandle, Option<Http>), Failure> {
    let name = &config.name;
    let fault = |why: &dyn std::fmt::Display| Failure::start(name, why);
    let http = config.neighbours.is_any().then(|| {
        let http = profiles.http(name, &HttpLimits::default(), std::iter::empty());
        Http::new(http, env).map_err(|why| fault(&why))
    });
    let http = http.transpose()?;
    let wire = LateWire::new();
    let world = env.world(wire.clone());
    let world = match &http {
        Some(http) => World { web: http.web(), ..world },
        None => world,
    };
    let chain = audit::chain(name, &kept, &world).await?;
    let counted = acm::Metrics::default();
    env.metrics.register(|registry| counted.register(registry));
    let mut node = profiles.node(name, &config.listen)?;
    node.allow = METHODS.into();
    let server =
        AcmServer::open(config.clone(), partners(config)?, world, kept.store, counted, Some(chain)).await;
    let server = server.map_err(|why| fault(&why))?.counted_by(metrics);
    let handle = Node::start(node, Arc::new(TerminateAll), server.service(), env);
    let handle = handle.map_err(|why| fault(&why))?;
    wire.connect(&handle);
    Ok((server, handle, http))
}

/// The partners of a configuration, each bound to its issuer.
pub(super) fn partners(config: &Config) -> Result<Vec<Partner>, Failure> {
    acm::partners(config, anchor).map_err(|why| Failure::start(&config.name, why))
}
