//! The SIP core and its node.

use std::sync::Arc;

use driver::{Env, LateWire, Node, NodeHandle};
use kit::config::Listen;
use sip_core::{Config, Metrics, SipCore};
use store::Store;

use super::node::Profiles;
use crate::Failure;

pub(super) async fn start(
    listen: &[Listen],
    config: &Config,
    profiles: &Profiles,
    store: Arc<dyn Store>,
    env: &Env,
) -> Result<(SipCore, NodeHandle), Failure> {
    let fail = |why: &dyn ToString| Failure::start(&config.name, why.to_string());
    let wire = LateWire::new();
    let metrics = Metrics::default();
    env.metrics.register(|registry| metrics.register(registry));
    let core = SipCore::open(config.clone(), env.world(wire.clone()), store, &metrics).await;
    let core = core.map_err(|why| fail(&why))?;
    let node = profiles.node(&config.name, listen)?;
    let (inline, service) = (Arc::new(core.clone()), Arc::new(core.clone()));
    let handle = Node::start(node, inline, service, env).map_err(|why| fail(&why))?;
    wire.connect(&handle);
    Ok((core, handle))
}
