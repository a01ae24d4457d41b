//! Two group management servers, A and B, behind gateways that only assert, with the clients and servers of each system.
//! Everything in memory, on a clock that the test moves.
#![allow(dead_code, unused_imports, reason = "each test file uses what it needs")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

mod asked;
mod idms;
mod lines;
mod made;
mod switch;

use std::{collections::HashMap, sync::Arc};

use audit::{Chain, Entry};
use bytes::Bytes;
use futures::FutureExt as _;
use groups::{
    Config, Gms, Metrics,
    config::{Follow, IssuerConfig},
};
use kit::{
    Entity,
    audit::Log,
    testing::{End, Lab, WebEnd, arrival},
};
use store::{Batch, Clock, Disk, Redb, Store};
use wire::web::WebService;

pub use asked::From;
pub use idms::Idms;
pub use lines::lines_of;
pub use made::{cause, config, etag, fire, group, path, rules};
pub use switch::Switch;

pub const A: &str = "a.example";
pub const B: &str = "b.example";
/// A group of A of which Bob, of B, is a member.
pub const FIRE: &str = "sip:fire@a.example";

/// One server: its entity, what answers its HTTP, and the store, which can be made to fail.
#[derive(Clone)]
pub struct Server {
    pub entity: Entity<Gms>,
    pub site: Arc<dyn WebService>,
    pub switch: Arc<Switch>,
    pub metrics: Metrics,
}

pub struct World {
    pub lab: Lab,
    pub servers: HashMap<&'static str, Server>,
    stores: HashMap<&'static str, Arc<dyn Store>>,
    configs: HashMap<&'static str, Config>,
    idms: Idms,
}

/// A store in memory has no one wait.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("does not wait")
}

impl World {
    pub fn new() -> Self {
        Self::of(config(A, B), config(B, A))
    }

    pub fn of(a: Config, b: Config) -> Self {
        let mut world = Self {
            lab: Lab::new(),
            servers: HashMap::new(),
            stores: HashMap::new(),
            configs: HashMap::new(),
            idms: Idms::new(),
        };
        for (domain, config) in [(A, a), (B, b)] {
            let clock = world.lab.world("store").clock;
            let store = Redb::open_in_memory(Disk::new(), Clock::new(move || clock.wall())).expect("opens");
            world.stores.insert(domain, Arc::new(store));
            world.configs.insert(domain, config);
        }
        for domain in [A, B] {
            world.begin(domain);
        }
        world
    }

    /// Starts the server of a system over its store, in place of the one that ran before, of which nothing is left.
    pub fn begin(&mut self, domain: &'static str) {
        if let Some(old) = self.servers.get(domain) {
            old.switch.kill();
        }
        let server = self.server(domain, None);
        self.servers.insert(domain, server);
        self.connect();
        self.lab.run();
    }

    /// As [`World::begin`]; the n-th call of its store that is made once it runs fails, counted from nought.
    pub fn begin_with_a_fault(&mut self, domain: &'static str, n: i64) {
        self.servers[domain].switch.kill();
        let server = self.server(domain, None);
        server.switch.fail_at(n);
        self.servers.insert(domain, server);
        self.connect();
        self.lab.run();
    }

    /// As [`World::begin`]; before it first puts a key with this prefix somebody else commits this.
    pub fn begin_overtaken(&mut self, domain: &'static str, prefix: &'static str, batch: Batch) {
        self.servers[domain].switch.kill();
        let server = self.server(domain, None);
        server.switch.overtake(prefix, batch);
        self.servers.insert(domain, server);
        self.connect();
        self.lab.run();
    }

    /// What the store of a system holds under keys that begin so.
    pub fn kept(&self, domain: &str, prefix: &str) -> Vec<(String, String)> {
        let scanned = self.stores[domain].scan(prefix.as_bytes(), None, 10_000);
        let entries = futures::executor::block_on(scanned).expect("readable");
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        entries.iter().map(|entry| (text(&entry.key), text(&entry.record.value))).collect()
    }

    /// Somebody writes to the store of a system, beside its server.
    pub fn commit(&self, domain: &str, batch: Batch) {
        futures::executor::block_on(self.stores[domain].commit(batch)).expect("committed");
    }

    /// Another process of the server of a system, over the same store, beside the one that runs.
    pub fn beside(&mut self, domain: &'static str, replica: &str) -> Server {
        let server = self.server(domain, Some(replica));
        self.lab.run();
        server
    }

    fn server(&self, domain: &'static str, replica: Option<&str>) -> Server {
        let mut config = self.configs[domain].clone();
        config.replica = replica.map_or(config.replica, str::to_owned);
        let jwks = self.idms.jwks();
        config.issuers = vec![IssuerConfig::of_set(idms::ISSUER, vec!["gms".to_owned()], jwks)];
        let switch = Arc::new(Switch::new(Arc::clone(&self.stores[domain])));
        let partners = groups::partners(&config, |_| Err("no files")).expect("no issuers");
        let (metrics, world) = (Metrics::default(), self.lab.world(&config.name));
        let log = self.log(domain);
        let entity =
            groups::entity(config, partners, switch.clone(), metrics.clone(), world, log).expect("starts");
        let site = groups::web(&entity);
        groups::start(&entity);
        Server { entity, site, switch, metrics }
    }

    /// The audit log of a system's server. Opening it, and what stands in it alone, is no call of the server's that may fail.
    fn log(&self, domain: &str) -> Log {
        let (store, name) = (Arc::clone(&self.stores[domain]), &self.configs[domain].name);
        let clock = self.lab.world(name).clock;
        let chain = at_once(Chain::open(Arc::clone(&store), name, None, name, clock.wall())).expect("opens");
        Log::new(chain, store, clock)
    }

    /// What stands in it: acts, by whom, on what, and what was ruled.
    pub fn entries(&self, domain: &str) -> Vec<Entry> {
        let (log, name) = (self.log(domain), &self.configs[domain].name);
        at_once(log.chain().expect("is kept").seal(std::time::UNIX_EPOCH)).expect("sealed");
        let sealed = at_once(audit::entries(&*self.stores[domain], name, 0, 10_000)).expect("is read");
        sealed.into_iter().filter_map(|sealed| sealed.entry).collect()
    }

    /// What the gateways do as far as a server sees it: the other system is asserted by the own one.
    pub fn connect(&self) {
        for (from, to) in [(A, B), (B, A)] {
            if self.servers.contains_key(to) {
                self.lab.connect_web(
                    &format!("gms1.core.{from}"),
                    &format!("mcgw.{from}"),
                    self.end(from, to),
                );
            }
        }
    }

    pub fn end(&self, from: &str, to: &str) -> WebEnd {
        WebEnd::Service {
            service: self.servers[to].site.clone(),
            arrival: arrival("servers", &format!("mcgw.{to}")),
            asserted: Some(format!("sip:mcgw@{from}")),
        }
    }

    /// What A finds where B should be.
    pub fn cut(&self, end: WebEnd) {
        self.lab.connect_web("gms1.core.a.example", "mcgw.a.example", end);
    }

    /// What B finds where A should be.
    pub fn cut_b(&self, end: WebEnd) {
        self.lab.connect_web("gms1.core.b.example", "mcgw.b.example", end);
    }

    /// Both systems follow by subscription; A provides nothing.
    pub fn by_subscription() -> Self {
        let follow = |mut config: Config| {
            config.partners[0].follow = Follow::Subscribe;
            config.partners[0].may_be_provided = false;
            config
        };
        let world = Self::of(follow(config(A, B)), follow(config(B, A)));
        world.with_signalling();
        world
    }

    /// The gateways carry SUBSCRIBE and NOTIFY, and say who sent them.
    pub fn with_signalling(&self) {
        for (from, to) in [(A, B), (B, A)] {
            self.signal(from, to, &self.servers[to]);
        }
    }

    /// What one system sends by SIP comes to this process of the other.
    pub fn signal(&self, from: &str, to: &str, server: &Server) {
        let end = End::Service {
            service: Arc::new(server.entity.clone()),
            arrival: arrival("inner", &format!("mcgw.{to}")),
            asserted: Some(format!("sip:gms_psi@{from}")),
        };
        self.lab.connect(&format!("gms1.core.{from}"), &format!("mcgw.{from}"), end);
    }

    pub fn gms(&self, domain: &str) -> &Gms {
        self.servers[domain].entity.cx()
    }
}
