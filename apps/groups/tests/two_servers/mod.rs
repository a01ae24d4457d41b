//! Two group management servers, A and B, behind gateways that only assert, with the clients and servers of each system.
//! Everything in memory, on a clock that the test moves.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

mod idms;
mod switch;

use std::{collections::HashMap, sync::Arc, time::Duration};

use audit::{Chain, Entry};
use bytes::Bytes;
use futures::FutureExt as _;
use groups::{
    Config, Gms, GroupId, Metrics,
    config::{Follow, GroupRule, IssuerConfig, PartnerConfig},
};
use http::{Method, Request, Response, header};
use kit::{
    Entity, OwnServer,
    audit::Log,
    config::{Document, HopConfig},
    document_rules::Rule,
    testing::{End, Lab, WebEnd, arrival, hop},
};
use store::{Batch, Clock, Disk, Redb, Store};
use wire::{Transport, web::WebService};
use xcap::Root;
use xml_schemas::ids::Psi;

pub use idms::Idms;
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

/// A server of a system that has agreed on everything with the other one.
pub fn config(own: &str, other: &str) -> Config {
    let psi = |domain: &str| Psi::new(&format!("sip:gms_psi@{domain}")).expect("valid");
    let root = |domain: &str| Root::new(&format!("https://xcap.{domain}")).expect("valid");
    let partner = PartnerConfig {
        root: Some(root(other)),
        may_be_provided: true,
        may_provide: true,
        may_request: true,
        may_be_asked: true,
        ..PartnerConfig::new(other, psi(other))
    };
    let gateway = hop_config(&format!("mcgw.{own}"));
    Config {
        gateway: Some(gateway.clone()),
        http_gateway: Some(gateway),
        servers: vec![OwnServer {
            identity: format!("mcs1.core.{own}").into(),
            psi: Psi::new(&format!("sip:mcptt_psi@{own}")).expect("valid"),
            hop: hop(&format!("mcs1.core.{own}")),
        }],
        partners: vec![partner],
        administrators: vec![format!("sip:admin@{own}")],
        creators: vec![format!("sip:dispatcher@{own}")],
        ..Config::new(format!("gms1.core.{own}"), psi(own), root(own))
    }
}

fn hop_config(name: &str) -> HopConfig {
    HopConfig {
        name: name.into(),
        address: ([127, 0, 0, 1], 5061).into(),
        transport: Transport::Tls,
        tls: Some("inner".into()),
        identity: name.into(),
        streams: wire::Streams::default(),
    }
}

/// Rules as an operator writes them.
pub fn rules(text: &str) -> Vec<GroupRule> {
    let read = Document::parse("rules.toml", text).read(|root| {
        Some(root.tables("rule", |table| {
            let group = table.optional("group");
            Some(GroupRule { group, rule: Rule::read(table, &groups::group::PREFIXES)? })
        }))
    });
    read.expect("valid rules")
}

/// A store in memory has no one wait.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("does not wait")
}

/// A group document: its members, and its priority.
pub fn group(id: &str, members: &[&str], priority: u8) -> String {
    let entries: String = members.iter().map(|member| format!("<entry uri=\"{member}\"/>")).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<group xmlns=\"urn:oma:xml:poc:list-service\" \
         xmlns:mcpttgi=\"urn:3gpp:ns:mcpttGroupInfo:1.0\"><list-service uri=\"{id}\"><display-name>Fire</display-name>\
         <list>{entries}</list><mcpttgi:on-network-group-priority>{priority}</mcpttgi:on-network-group-priority>\
         </list-service></group>"
    )
}

/// The group of A with a member in each system.
pub fn fire(priority: u8) -> String {
    group(FIRE, &["sip:alice@a.example", "sip:bob@b.example"], priority)
}

pub fn path(id: &str) -> String {
    format!("/org.openmobilealliance.groups/global/byGroupID/{id}")
}

/// Who sends a request.
#[derive(Clone, Copy, Debug)]
pub enum From<'f> {
    /// A client with an access token of this user.
    User(&'f str),
    /// An own server with this name.
    Server(&'f str),
    /// The own gateway, which asserts this identity.
    Gateway(&'f str),
    /// Somebody without certificate and token.
    Nobody,
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

    fn arrival(&self, from: From<'_>) -> wire::Arrival {
        let (listener, proves) = match from {
            From::User(_) | From::Nobody => ("clients", None),
            From::Server(name) | From::Gateway(name) => ("servers", Some(name)),
        };
        let mut arrival = arrival(listener, proves.unwrap_or("nobody"));
        if let From::Gateway(_) = from {
            arrival.certificate = None;
        }
        if proves.is_none() {
            arrival.certificate = None;
        }
        arrival
    }

    pub fn request(
        &self,
        method: Method,
        path: &str,
        from: From<'_>,
        body: impl Into<Bytes>,
    ) -> Request<Bytes> {
        let mut request = Request::builder().method(&method).uri(path);
        if method == Method::PUT {
            request = request.header(header::CONTENT_TYPE, groups::group::MEDIA_TYPE);
        }
        if let From::User(user) = from {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.idms.token(user)));
        }
        if let From::Gateway(asserted) = from {
            request = request.header("x-3gpp-asserted-identity", format!("\"{asserted}\""));
        }
        request.body(body.into()).expect("valid")
    }

    /// Sends a request to the server of a system; everything runs that can without time passing.
    pub fn send(&self, domain: &str, from: From<'_>, request: Request<Bytes>) -> Response<Bytes> {
        self.try_send(domain, from, request).expect("answered without waiting")
    }

    /// As [`World::send`]; none where no answer comes.
    pub fn try_send(&self, domain: &str, from: From<'_>, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let arrival = match from {
            From::Gateway(_) => arrival("servers", &format!("mcgw.{domain}")),
            other => self.arrival(other),
        };
        self.lab.fetch(&self.servers[domain].site, request, arrival)
    }

    pub fn put(&self, domain: &str, from: From<'_>, id: &str, body: &str) -> Response<Bytes> {
        self.send(domain, from, self.request(Method::PUT, &path(id), from, body.to_owned()))
    }

    pub fn get(&self, domain: &str, from: From<'_>, id: &str) -> Response<Bytes> {
        self.send(domain, from, self.request(Method::GET, &path(id), from, ""))
    }

    pub fn delete(&self, domain: &str, from: From<'_>, id: &str) -> Response<Bytes> {
        self.send(domain, from, self.request(Method::DELETE, &path(id), from, ""))
    }

    /// Administrator's own resource below `/mcx/groups/`.
    pub fn admin(&self, domain: &str, method: Method, path: &str) -> (u16, serde_json::Value) {
        let admin = format!("sip:admin@{domain}");
        let from = From::User(&admin);
        let response =
            self.send(domain, from, self.request(method, &format!("/mcx/groups/{path}"), from, ""));
        let body = serde_json::from_slice(response.body()).unwrap_or_default();
        (response.status().as_u16(), body)
    }

    /// The administrator of A puts a group there.
    pub fn define(&self, id: &str, body: &str) -> Response<Bytes> {
        let response = self.put(A, From::User("sip:admin@a.example"), id, body);
        assert!(response.status().is_success(), "{response:?}");
        response
    }

    /// What clients of a system see of a group.
    pub fn seen(&self, domain: &str, id: &str) -> Option<String> {
        let group = GroupId::new(id).expect("valid");
        let found = futures::executor::block_on(self.gms(domain).document(&group)).expect("readable");
        found.map(|document| document.text().to_owned())
    }

    /// What the primary provided, as the partner keeps it.
    pub fn offered(&self, domain: &str, id: &str) -> Option<String> {
        let group = GroupId::new(id).expect("valid");
        let found = futures::executor::block_on(self.gms(domain).offer(&group)).expect("readable");
        found.map(|(document, _)| document.text().to_owned())
    }

    /// The only share in the status of A.
    pub fn share(&self) -> serde_json::Value {
        let (_, status) = self.admin(A, Method::GET, "status");
        status["shares"][0].clone()
    }

    pub fn wait(&self, seconds: u64) {
        self.lab.advance(Duration::from_secs(seconds));
    }

    /// The steps of this clause that were taken, with who took them.
    pub fn steps(&self, clause: &str) -> Vec<(String, u8)> {
        let steps = self.lab.ladder().steps().into_iter();
        steps.filter(|(_, of, _)| *of == clause).map(|(who, _, number)| (who, number)).collect()
    }

    /// How many requests of this method A sent to B.
    pub fn sent(&self, method: &Method) -> usize {
        self.lab.fetched("mcgw.a.example").iter().filter(|request| request.method() == method).count()
    }
}

pub fn etag(response: &Response<Bytes>) -> String {
    response.headers().get(header::ETAG).expect("an entity tag").to_str().expect("text").to_owned()
}

/// The cause code that a refusal says.
pub fn cause(response: &Response<Bytes>) -> Option<kit::Cause> {
    kit::Cause::from_fields(response.headers())
}
