//! The SIP core of an MC system that has no IMS core of its own: registrar, proxy and third-party registration.
//!
//! Users register here with digest authentication (RFC 3261 10, RFC 8760), also through trusted edge proxies (RFC 3327). The
//! proxy relays requests of registered users to the service identities of this system and requests of this system's
//! servers to registered users, and nothing else. The servers are told who logs on and off by third-party
//! registration, which carries the user's own REGISTER as `message/sip` (TS 24.379 7.3.1A).
//!
//! [`SipCore`] is both ends of a node: its chain ([`wire::Inline`]) and its registrar ([`wire::Service`]).

pub mod address;
mod authenticate;
pub mod binding;
mod chain;
mod closed;
pub mod config;
mod contacts;
mod courier;
mod expiry;
mod keep;
mod ladder;
mod lock_out;
mod metrics;
mod nonce;
mod notice;
mod records;
mod refusal;
mod register;
mod registry;
mod source;
#[cfg(test)]
mod testing;
mod update;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use parking_lot::RwLock;
use sip::{Message, Method};
use wire::{Arrival, BoxFuture, Decision, Hop, Inline, Reply, Service, World};

pub use config::Config;
pub use keep::Fault;
pub use metrics::Metrics;

use config::{Edge, Server, Users};
use courier::Courier;
use expiry::Expiry;
use keep::Keep;
use lock_out::Attempts;
use nonce::Nonces;
use registry::Registry;

/// The SIP core of one MC system. A clone is the same core.
#[derive(Clone)]
pub struct SipCore(Arc<Shared>);

struct Shared {
    config: Config,
    users: RwLock<Arc<Users>>,
    host: String,
    route: String,
    services: HashMap<String, usize>,
    devices: Arc<str>,
    world: World,
    keep: Keep,
    registry: Registry,
    nonces: Nonces,
    attempts: Attempts,
    metrics: Metrics,
    courier: Courier,
    expiry: Expiry,
}

impl SipCore {
    /// Takes up what the store holds: bindings that have not expired, expiries that happened meanwhile, and notices that no
    /// server has acknowledged yet.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn open(
        mut config: Config,
        world: World,
        store: Arc<dyn store::Store>,
        metrics: &Metrics,
    ) -> Result<Self, Fault> {
        let users = std::mem::take(&mut config.users);
        let servers = config.servers.iter().enumerate();
        let services =
            servers.flat_map(|(index, server)| server.services.iter().map(move |psi| (psi.clone(), index)));
        let core = Self(Arc::new(Shared {
            host: host_of(&config.uri),
            route: format!("<{};lr>", config.uri),
            services: services.collect(),
            devices: Arc::from("device"),
            nonces: Nonces::new(world.ids.token(), config.registration.nonce_life),
            attempts: Attempts::new(config.registration.lock_out),
            metrics: metrics.clone(),
            keep: Keep::new(store),
            registry: Registry::default(),
            courier: Courier::default(),
            expiry: Expiry::default(),
            users: RwLock::new(Arc::new(users)),
            world,
            config,
        }));
        for (address, version, bindings) in core.0.keep.all_bindings().await? {
            core.0.expiry.expect_next(&address, &bindings);
            core.0.registry.put(&address, version, bindings);
            core.end_if_nobodys(&address);
        }
        for notice in core.0.keep.open_notices().await? {
            core.0.courier.wake(&core, &notice.address, &notice.server);
        }
        expiry::watch(&core);
        Ok(core)
    }

    /// How many users are registered now, and how many bindings they have.
    #[must_use]
    pub fn registered(&self) -> (usize, usize) {
        self.0.registry.count(self.now())
    }

    /// From now on these may register. Bindings of identities that nobody has any more end, and the servers are told.
    pub fn replace_users(&self, users: Users) {
        let old = std::mem::replace(&mut *self.0.users.write(), Arc::new(users));
        old.identities().for_each(|address| self.end_if_nobodys(address));
    }

    fn end_if_nobodys(&self, address: &str) {
        if self.users().owner(address).is_none() {
            self.0.expiry.expect(self.now(), address);
        }
    }

    /// Who may register now.
    fn users(&self) -> Arc<Users> {
        Arc::clone(&self.0.users.read())
    }

    /// What the core was told when it started; for users see [`SipCore::users`].
    fn config(&self) -> &Config {
        &self.0.config
    }

    fn registry(&self) -> &Registry {
        &self.0.registry
    }

    fn world(&self) -> &World {
        &self.0.world
    }

    /// The host of our own URI; an IPv6 address without brackets.
    fn host(&self) -> &str {
        &self.0.host
    }

    /// Our own entry of a route, in its angle brackets.
    fn route(&self) -> &str {
        &self.0.route
    }

    /// What users' devices are called as a hop.
    fn devices(&self) -> &Arc<str> {
        &self.0.devices
    }

    /// Milliseconds of Unix time.
    fn now(&self) -> u64 {
        millis(self.0.world.clock.wall())
    }

    fn server_of(&self, service: &str) -> Option<&Server> {
        self.0.services.get(service).and_then(|index| self.0.config.servers.get(*index))
    }

    fn edge_of(&self, arrival: &Arrival) -> Option<&Edge> {
        let certificate = arrival.certificate.as_ref()?;
        self.0.config.edges.iter().find(|edge| certificate.proves(&edge.identity))
    }
}

/// Of a URI that the configuration was checked to have.
fn host_of(uri: &str) -> String {
    let uri = sip::Uri::parse(uri.as_bytes());
    uri.map(|uri| String::from_utf8_lossy(uri.host()).into_owned()).unwrap_or_default()
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Inline for SipCore {
    fn request(&self, request: &Message, arrival: &Arrival) -> Decision {
        chain::decide(self, request, arrival)
    }

    fn was_silent(&self, hop: &Hop) {
        self.registry().was_silent(hop);
    }
}

impl Service for SipCore {
    fn serve(&self, request: Message, arrival: Arrival) -> BoxFuture<'static, Reply> {
        let core = self.clone();
        Box::pin(async move {
            match request.method() {
                Method::Register => register::serve(&core, &request, &arrival).await,
                _ => refusal::method_not_allowed().into(),
            }
        })
    }
}
