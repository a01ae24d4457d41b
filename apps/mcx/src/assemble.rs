//! Entities assembled into a running system.
//!
//! [`System::start`] takes a configuration and a world ([`driver::Env`]): the kernel's network and clock under `serve` and
//! the lab, one in memory on a paused clock under test. Nothing here knows which.

mod acm;
mod aliases;
mod audit;
mod client;
mod configuration;
mod drain;
mod gateway;
mod groups;
mod identity;
mod locations;
mod node;
mod prepared;
mod reload;
mod service;
mod sip_core;
mod start;
mod stores;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use ::acm::AcmServer;
use ::aliases::AliasServer;
use ::configuration::Cms;
use ::groups::Gms;
use ::identity::IdentityServer;
use ::locations::Lms;
use ::service::McServiceServer;
use ::sip_core::SipCore;
use driver::{Admin, Bound, Env, Http, NodeHandle, Readiness};
use futures::future::try_join_all;
use kit::{Entity, Gate};
use store::Store;

use crate::{
    Failure,
    config::{Contents, SystemConfig, Text},
    runtime,
    store::Door,
};

pub use client::Client;
use node::Certificates;
pub(crate) use node::anchor;
pub(crate) use prepared::Prepared;

/// The entities of one configuration, running.
#[derive(Default)]
pub struct System {
    entities: Vec<Running>,
    gateway: Option<Arc<::gateway::Gateway>>,
    locations: Option<Entity<Lms>>,
    service: Option<McServiceServer>,
    groups: Option<Entity<Gms>>,
    configuration: Option<Entity<Cms>>,
    identity: Option<IdentityServer>,
    core: Option<SipCore>,
    aliases: Option<AliasServer>,
    acm: Option<AcmServer>,
    /// The configuration that it was started with.
    text: Text,
    contents: Contents,
    clients: Vec<(Client, bool)>,
    /// What it proves to peers, as last read.
    certificates: Mutex<Certificates>,
    readiness: Readiness,
    admin: Option<Admin>,
    /// By which operators use the store while it is ours.
    door: Option<Door>,
    /// As long as it is there, it is told how the store is.
    life: Arc<()>,
}

/// One entity's node.
struct Running {
    /// Its table in the configuration.
    table: String,
    /// Its configured name.
    name: String,
    /// None of an entity that speaks no SIP.
    node: Option<NodeHandle>,
    http: Option<Http>,
    /// The door of an entity that works; a gateway and a SIP core are ways that others go.
    gate: Option<Gate>,
}

impl Running {
    fn is_client(&self) -> bool {
        self.table.starts_with("client.")
    }
}

/// Where one listener of one entity is bound.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// The entity's table in the configuration: `gateway`, `sip-core`, `client.alice`.
    pub table: String,
    /// The entity's configured name.
    pub entity: String,
    /// The listener.
    pub bound: Bound,
}

impl System {
    /// Whether a system of this configuration could start, were its addresses free; and the users of the configuration in whose
    /// stead the store has users.
    ///
    /// # Errors
    /// What [`System::start`] would say.
    pub fn check(config: &SystemConfig) -> Result<Vec<String>, Failure> {
        Prepared::of(config)?;
        let store = match &config.process.store {
            Some(kept) if config.keeps() => stores::check(kept)?,
            _ => None,
        };
        let (Some(store), Some(identity)) = (store, &config.identity) else { return Ok(Vec::new()) };
        let users = ::identity::users::Users::new(store);
        Ok(runtime()?.block_on(identity::shadowed(identity, &users)))
    }

    /// Starts every entity that the configuration names. Servers come before the gateway, so that nothing is let in
    /// before somebody is there to serve it.
    ///
    /// # Errors
    /// The first entity that could not be started; what was started before is stopped.
    pub async fn start(config: &SystemConfig, env: &Env) -> Result<Self, Failure> {
        Self::start_over(config, env, None).await
    }

    /// As [`System::start`], over a store that is open already, whatever the configuration says.
    ///
    /// # Errors
    /// As [`System::start`].
    pub async fn start_over(
        config: &SystemConfig,
        env: &Env,
        store: Option<Arc<dyn Store>>,
    ) -> Result<Self, Failure> {
        let profiles = Prepared::of(config)?.profiles;
        let mut system = Self::default();
        system.text = config.text.clone();
        system.contents = config.contents.clone();
        system.certificates = Mutex::new(profiles.certificates());
        system.readiness.lacks("process", "starting");
        if let Some(address) = config.process.admin {
            let admin = Admin::start(&*env.net, address, env.metrics.clone(), system.readiness.clone());
            let at = |why| {
                Failure::start("[admin] listen", format!("{address}: {}", driver::net::why_not_bound(&why)))
            };
            system.admin = Some(admin.map_err(at)?);
        }
        let store = match store {
            None if config.keeps() => {
                let (kept, clock) = (config.process.store.as_ref(), stores::clock(env));
                let tell =
                    stores::watch(&env.metrics, system.readiness.clone(), Arc::downgrade(&system.life));
                let store = stores::open(kept, config.store_cache(), clock, tell)?;
                system.door = stores::door(kept, &store);
                Some(store)
            }
            open => open,
        };
        system.start_entities(config, &profiles, store, env).await?;
        if config.clients.iter().any(|client| client.log_on) {
            system.readiness.lacks("users", "not logged on");
        }
        system.readiness.has("process");
        Ok(system)
    }

    fn add(&mut self, table: &str, name: &str, node: NodeHandle, gate: Option<Gate>) {
        let (table, name) = (table.to_owned(), name.to_owned());
        self.entities.push(Running { table, name, node: Some(node), http: None, gate });
    }

    /// An entity's HTTP, where it has any.
    fn speaks(&mut self, table: &str, http: Option<Http>) {
        if let Some(entity) = self.entities.iter_mut().find(|entity| entity.table == table) {
            entity.http = http;
        }
    }

    /// Every listener, and where it is bound.
    pub fn endpoints(&self) -> impl Iterator<Item = Endpoint> + '_ {
        self.entities.iter().flat_map(|entity| {
            let over_http = entity.http.as_ref().map(Http::bound).unwrap_or_default();
            let over_sip = entity.node.iter().flat_map(|node| node.bound().iter().cloned());
            over_sip.chain(over_http).map(|bound| Endpoint {
                table: entity.table.clone(),
                entity: entity.name.clone(),
                bound,
            })
        })
    }

    /// The node of the entity with this table (`gateway`, `client.alice`).
    #[must_use]
    pub fn node(&self, table: &str) -> Option<&NodeHandle> {
        self.entities.iter().find(|entity| entity.table == table)?.node.as_ref()
    }

    /// The group management server, where one runs here.
    #[must_use]
    pub fn groups(&self) -> Option<&Entity<Gms>> {
        self.groups.as_ref()
    }

    /// The identity management server, where one runs here.
    #[must_use]
    pub fn identity(&self) -> Option<&IdentityServer> {
        self.identity.as_ref()
    }

    /// The MC service server, where one runs here.
    #[must_use]
    pub fn service(&self) -> Option<&McServiceServer> {
        self.service.as_ref()
    }

    /// The ACM server, where one runs here.
    #[must_use]
    pub fn acm(&self) -> Option<&AcmServer> {
        self.acm.as_ref()
    }

    /// Every terminal that runs here.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.iter().map(|(client, _)| client)
    }

    /// The terminal of `[client.NAME]`.
    #[must_use]
    pub fn client(&self, name: &str) -> Option<&Client> {
        self.clients().find(|client| &*client.name == name)
    }

    /// Logs on every user whose terminal is configured to.
    ///
    /// # Errors
    /// The first that cannot be logged on.
    pub async fn log_on(&self) -> Result<(), Failure> {
        let wanted = self.clients.iter().filter(|(_, log_on)| *log_on).map(|(client, _)| async move {
            client.log_on().await.map(|_| ()).map_err(|why| Failure::start(&client.name, why))
        });
        try_join_all(wanted).await?;
        self.readiness.has("users");
        Ok(())
    }

    /// Where operators ask.
    #[must_use]
    pub fn admin(&self) -> Option<std::net::SocketAddr> {
        self.admin.as_ref().map(Admin::address)
    }

    /// Takes no new work, and resolves when everything that was accepted has had its outcome or the deadline has passed.
    pub async fn drain(&self, deadline: Duration) {
        self.readiness.lacks("process", "draining");
        drain::in_order(&self.entities, deadline).await;
    }
}

impl Drop for System {
    /// A node and its entity hold each other; whoever lets go of the system ends both.
    fn drop(&mut self) {
        for entity in &self.entities {
            entity.node.iter().for_each(NodeHandle::stop);
            entity.http.iter().for_each(Http::stop);
        }
    }
}
