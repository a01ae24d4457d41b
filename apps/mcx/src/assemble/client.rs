//! A user's terminal: a device at its SIP core, the clients on it, and their node.

use std::sync::Arc;

use clients::{ChangeWatcher, Device, LocationClient, RegisterError, Registered, ServiceClient, terminal};
use driver::{Env, LateWire, Node, NodeHandle};
use kit::Metrics;
use wire::TerminateAll;

use super::node::Profiles;
use crate::{Failure, config::ClientConfig};

/// A running terminal.
#[derive(Clone)]
pub struct Client {
    /// Who uses it, as ladders call it.
    pub name: Arc<str>,
    device: Device,
    location: LocationClient,
    service: Option<ServiceClient>,
    changes: ChangeWatcher,
}

impl Client {
    /// Logs the user on, and keeps the user logged on.
    ///
    /// # Errors
    /// The SIP core refuses, or cannot be reached.
    pub async fn log_on(&self) -> Result<Registered, RegisterError> {
        self.device.stay_registered().await
    }

    /// Logs the user off.
    ///
    /// # Errors
    /// The SIP core refuses, or cannot be reached.
    pub async fn log_off(&self) -> Result<(), RegisterError> {
        self.device.deregister().await
    }

    /// The location management client.
    #[must_use]
    pub fn location(&self) -> &LocationClient {
        &self.location
    }

    /// The MC service client, where the configuration names the user's server.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceClient> {
        self.service.as_ref()
    }

    /// What watches changes of documents.
    #[must_use]
    pub fn changes(&self) -> &ChangeWatcher {
        &self.changes
    }
}

pub(super) fn start(
    config: &ClientConfig,
    profiles: &Profiles,
    metrics: &Metrics,
    env: &Env,
) -> Result<(Client, NodeHandle), Failure> {
    let name = &config.device.name;
    let wire = LateWire::new();
    let device = Device::new(config.device.clone(), env.world(wire.clone()));
    let location = LocationClient::new(&device, config.location.clone());
    let location = location.map_err(|stop| Failure::start(name, stop))?.counted_by(metrics);
    let service = config.service.clone().map(|settings| ServiceClient::new(&device, settings)).transpose();
    let service = service.map_err(|stop| Failure::start(name, stop))?;
    let service = service.map(|service| service.counted_by(metrics));
    let changes = ChangeWatcher::new(&device, config.location.core_identity.clone());
    let changes = changes.map_err(|stop| Failure::start(name, stop))?;
    let node = profiles.node(name, &config.listen)?;
    let handle =
        Node::start(node, Arc::new(TerminateAll), terminal(&location, service.as_ref(), &changes), env);
    let handle = handle.map_err(|why| Failure::start(name, why))?;
    wire.connect(&handle);
    Ok((Client { name: name.clone(), device, location, service, changes }, handle))
}
