//! The MC gateway server and its node.

use std::sync::Arc;

use driver::{Env, Http, Node, NodeHandle};
use gateway::{Config, Gateway, HttpConfig, HttpParts, Metrics, Partner, Proxy, Side};
use sip::{Message, Response};
use wire::{Arrival, BoxFuture, Reply, Service};

use super::{
    anchor,
    node::{Profiles, http_listener},
};
use crate::Failure;

pub(super) fn start(
    config: &Config,
    profiles: &Profiles,
    env: &Env,
) -> Result<(Arc<Gateway>, NodeHandle, Option<Http>), Failure> {
    let metrics = Metrics::default();
    env.metrics.register(|registry| metrics.register(registry));
    let chance: String = [env.ids.token(), env.ids.token()].concat();
    let gateway = config.gateway(anchor, chance.as_bytes(), metrics, env.recorder.clone());
    let gateway = gateway.map_err(|why| Failure::start(&config.name, why))?;
    let gateway = Arc::new(gateway.timed_by(env.clock.clone()));
    let mut node = profiles.node(&config.name, config.listen.iter().map(|(_, listen)| listen))?;
    node.allow = gateway::METHODS.into();
    let handle = Node::start(node, gateway.clone(), Arc::new(Nobody), env);
    let handle = handle.map_err(|why| Failure::start(&config.name, why))?;
    let http = config.http.as_ref().map(|http| start_http(&config.name, http, &gateway, profiles, env));
    Ok((gateway, handle, http.transpose()?))
}

/// The same border over HTTP.
fn start_http(
    name: &str,
    config: &HttpConfig,
    gateway: &Arc<Gateway>,
    profiles: &Profiles,
    env: &Env,
) -> Result<Http, Failure> {
    let fault = |why: &dyn std::fmt::Display| Failure::start(name, why);
    let listeners = || config.listen.iter().map(|(_, listen)| listen);
    let http = Http::new(profiles.http(name, &config.limits, listeners()), env);
    let http = http.map_err(|why| fault(&why))?;
    let proxy = Arc::new(Proxy::new(HttpParts {
        gateway: gateway.clone(),
        web: http.web(),
        inner: config.names(Side::Inner),
        servers: config.servers(),
    }));
    for listen in listeners() {
        let listener = http_listener(listen).map_err(|why| fault(&why))?;
        http.listen(listener, proxy.clone()).map_err(|why| fault(&why))?;
    }
    Ok(http)
}

/// Whether a gateway can be made of a configuration.
pub(super) fn check(config: &Config) -> Result<(), Failure> {
    let made = config.gateway(anchor, &[0; 32], Metrics::default(), Arc::new(wire::Silent));
    made.map(drop).map_err(|why| Failure::start(&config.name, why))
}

/// The partners of a configuration, each bound to its issuer.
pub(super) fn partners(config: &Config) -> Result<Vec<Partner>, Failure> {
    config.partners(anchor).map_err(|why| Failure::start(&config.name, why))
}

/// A gateway's chain decides everything; nothing is delivered.
struct Nobody;

impl Service for Nobody {
    fn serve(&self, _: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        Box::pin(std::future::ready(Response::new(404).into()))
    }
}
