//! A user's terminal: a device at its SIP core, the clients on it, and their node.

use std::sync::Arc;

use clients::{
    AcmClient, AliasClient, ChangeWatcher, Device, LocationClient, RegisterError, Registered, ServiceClient,
    Terminal,
};
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
    acm: Option<AcmClient>,
    aliases: Option<AliasClient>,
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

    /// Logs this terminal off, and none of the user's others that may be the same client.
    ///
    /// # Errors
    /// As [`Self::log_off`].
    pub async fn log_off_alone(&self) -> Result<(), RegisterError> {
        self.device.deregister_alone().await
    }

    /// How the terminal is set up.
    #[must_use]
    pub fn settings(&self) -> &clients::device::Settings {
        self.device.settings()
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

    /// The ACM client, where the configuration names the user's ACM server.
    #[must_use]
    pub fn acm(&self) -> Option<&AcmClient> {
        self.acm.as_ref()
    }

    /// The client of functional aliases, where the configuration names their server.
    #[must_use]
    pub fn aliases(&self) -> Option<&AliasClient> {
        self.aliases.as_ref()
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
    let acm = config.acm.clone().map(|settings| AcmClient::new(&device, settings)).transpose();
    let acm = acm.map_err(|stop| Failure::start(name, stop))?.map(|acm| acm.counted_by(metrics));
    let aliases = config.aliases.clone().map(|settings| AliasClient::new(&device, settings)).transpose();
    let aliases = aliases.map_err(|stop| Failure::start(name, stop))?;
    let changes = ChangeWatcher::new(&device, config.location.core_identity.clone());
    let changes = changes.map_err(|stop| Failure::start(name, stop))?;
    let node = profiles.node(name, &config.listen)?;
    let terminal = Terminal::new(&location, &changes).with_service(service.as_ref()).with_acm(acm.as_ref());
    let terminal = terminal.with_aliases(aliases.as_ref());
    let handle = Node::start(node, Arc::new(TerminateAll), Arc::new(terminal), env);
    let handle = handle.map_err(|why| Failure::start(name, why))?;
    wire.connect(&handle);
    Ok((Client { name: name.clone(), device, location, service, acm, aliases, changes }, handle))
}
