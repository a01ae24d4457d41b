//! Identity management servers of two MC systems, `a.example` and `b.example`, and whoever talks to them.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

mod forms;

use std::{sync::Arc, time::Duration};

use audit::Chain;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use bytes::Bytes;
use futures::executor::block_on;
use http::{HeaderMap, Request, Response, header};
use identity::{
    Config, IdentityServer, Metrics, NewKey,
    config::{Client, Hashing, Partner},
    password, scopes,
    users::{Ids, User},
};
use kit::{
    audit::Log,
    lock_out::LockOut,
    testing::{Lab, WebEnd, arrival, hop_config},
    tokens::{Issuer, IssuerConfig, KeySource, RemoteConfig, Tokens},
};
use serde_json::Value;
use store::{Clock, Disk, Redb, Store};
use wire::web::WebService;
use xml_schemas::ids::McServiceId;

#[allow(unused_imports, reason = "each test takes what it needs")]
pub use forms::*;

pub const A: &str = "https://idms.a.example";
pub const B: &str = "https://idms.b.example";
/// The own MC service server.
pub const MCS: &str = "mcs1.core.a.example";
pub const CLIENT: &str = "mcx-ue";
pub const REDIRECT: &str = "org.example.mcptt:/callback";
pub const PASSWORD: &str = "open sesame";
pub const SCOPE: &str = "openid 3gpp:mc:ptt_service 3gpp:mc:ptt_group_management_service";

/// RFC 7636 appendix B
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub const CHEAP: Hashing = Hashing { memory: 8, passes: 1, threads: 0, waiting: 8 };

/// One server, over a disk that outlives it.
pub struct Idms {
    pub lab: Lab,
    pub server: IdentityServer,
    pub store: Arc<dyn Store>,
    pub config: Config,
    pub site: Arc<dyn WebService>,
    disk: Disk,
}

/// A login page, as a browser has it.
#[derive(Clone, Debug)]
pub struct Page {
    pub request: String,
    pub csrf: String,
    pub cookie: String,
}

pub fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

pub fn user(name: &str) -> User {
    let hash = password::hash(&CHEAP, PASSWORD, b"0123456789abcdef").unwrap();
    User { ids: Ids::same(id(&format!("sip:{name}@a.example"))), ..User::new(name, hash) }
}

pub fn config() -> Config {
    let client = Client {
        id: CLIENT.to_owned(),
        redirect_uris: vec![REDIRECT.to_owned(), "http://127.0.0.1/callback".to_owned()],
        scopes: Vec::new(),
    };
    let other = Client { id: "other".to_owned(), ..client.clone() };
    let b = Partner {
        name: B.to_owned(),
        issuer: None,
        domains: vec!["b.example".to_owned()],
        resources: vec![B.to_owned(), "https://idms.b.example/token".to_owned()],
        may_visit: vec!["sip:alice@a.example".to_owned()],
        visitors: Vec::new(),
        scopes: scopes::of_visitors(),
        allocated: Vec::new(),
    };
    Config {
        clients: vec![client, other],
        partners: vec![b],
        users: vec![user("alice"), user("bob")],
        hashing: CHEAP,
        lock_out: LockOut {
            user: 3,
            address: 8,
            first: Duration::from_secs(10),
            longest: Duration::from_secs(60),
        },
        ..Config::new("idms.a.example", A, vec!["a.example".to_owned()])
    }
}

/// The server of `b.example`, which takes users of `a.example` by keys that it fetches.
pub fn partner_config() -> Config {
    let server = hop_config("idms.a.example");
    let remote = RemoteConfig {
        jwks: format!("{A}/jwks"),
        revoked: None,
        server,
        every: Duration::from_secs(15),
        keep: Duration::from_secs(3_600),
    };
    let issuer = IssuerConfig {
        name: A.to_owned(),
        audience: vec![B.to_owned(), format!("{B}/token")],
        domains: Vec::new(),
        scopes: kit::tokens::Scopes::default(),
        keys: KeySource::Fetched(remote),
    };
    let a = Partner {
        name: A.to_owned(),
        issuer: Some(issuer),
        domains: vec!["a.example".to_owned()],
        resources: vec![A.to_owned()],
        may_visit: Vec::new(),
        visitors: vec!["sip:alice@*".to_owned()],
        scopes: scopes::of_visitors(),
        allocated: Vec::new(),
    };
    Config {
        partners: vec![a],
        users: Vec::new(),
        ..Config {
            name: "idms.b.example".into(),
            issuer: B.into(),
            domains: vec!["b.example".into()],
            ..config()
        }
    }
}

pub fn new_key() -> NewKey {
    Arc::new(|| {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Ok(key.expect("a key").as_ref().to_vec())
    })
}

fn opened(lab: &Lab, disk: &Disk) -> Arc<dyn Store> {
    let clock = lab.world("store").clock;
    Arc::new(Redb::open_in_memory(disk.clone(), Clock::new(move || clock.wall())).expect("opens"))
}

/// The audit log of a server.
fn log(lab: &Lab, name: &str, store: &Arc<dyn Store>) -> Log {
    let clock = lab.world(name).clock;
    let chain = block_on(Chain::open(Arc::clone(store), name, None, name, clock.wall()));
    Log::new(chain.expect("opens"), Arc::clone(store), clock)
}

fn begun(lab: &Lab, config: &Config, store: &Arc<dyn Store>) -> IdentityServer {
    let world = lab.world(&config.name);
    let server = IdentityServer::new(
        config.clone(),
        Arc::clone(store),
        new_key(),
        &Metrics::default(),
        world,
        log(lab, &config.name, store),
    );
    let server = server.expect("starts");
    server.start();
    lab.run();
    server
}

impl Idms {
    pub fn new() -> Self {
        Self::of(Lab::new(), config())
    }

    pub fn of(lab: Lab, config: Config) -> Self {
        // A day on which tokens can have begun before.
        if lab.world("x").clock.wall() < std::time::UNIX_EPOCH + Duration::from_secs(86_400) {
            lab.advance(Duration::from_secs(86_400));
        }
        Self::over(lab, config, |store| store)
    }

    /// A server that sees the store so.
    pub fn over(lab: Lab, config: Config, seen: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>) -> Self {
        let disk = Disk::new();
        let store = seen(opened(&lab, &disk));
        let server = begun(&lab, &config, &store);
        Self { site: server.web(), lab, server, store, config, disk }
    }

    /// Two systems: the second takes users of the first.
    pub fn pair() -> (Self, Self) {
        let a = Self::new();
        let service = Arc::clone(&a.site);
        let end = WebEnd::Service { service, arrival: arrival("peers", "idms.b.example"), asserted: None };
        a.lab.connect_web("idms.b.example", "idms.a.example", end);
        let b = Self::of(a.lab.clone(), partner_config());
        (a, b)
    }

    /// What stands in its audit log.
    pub fn entries(&self) -> Vec<audit::Entry> {
        let log = log(&self.lab, &self.config.name, &self.store);
        block_on(log.chain().expect("is kept").seal(std::time::UNIX_EPOCH)).expect("sealed");
        let sealed = block_on(audit::entries(&*self.store, &self.config.name, 0, 10_000)).expect("is read");
        sealed.into_iter().filter_map(|sealed| sealed.entry).collect()
    }

    /// Another process takes over what is on the disk.
    pub fn restart(self) -> Self {
        self.restart_after(Duration::from_secs(30))
    }

    /// As [`Idms::restart`], with what the operator has changed meanwhile.
    pub fn restart_as(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self.restart()
    }

    /// As [`Idms::restart`], after so long without any process.
    pub fn restart_after(self, rest: Duration) -> Self {
        let Self { lab, server, store, config, site, disk } = self;
        drop((server, site, store));
        lab.advance(rest);
        let store = opened(&lab, &disk);
        let server = begun(&lab, &config, &store);
        Self { site: server.web(), lab, server, store, config, disk }
    }

    pub fn send(&self, request: Request<Bytes>, from: u8) -> Response<Bytes> {
        let mut arrival = arrival("clients", "nobody");
        arrival.certificate = None;
        arrival.remote = ([192, 0, 2, from], 40_000).into();
        self.lab.fetch(&self.site, request, arrival).expect("answered without waiting")
    }

    pub fn get(&self, path: &str) -> Response<Bytes> {
        self.send(Request::get(path).body(Bytes::new()).unwrap(), 1)
    }

    pub fn json(&self, path: &str) -> Value {
        let response = self.get(path);
        assert_eq!(response.status(), 200, "{path}");
        serde_json::from_slice(response.body()).expect("JSON")
    }

    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Response<Bytes> {
        self.send(posted(path, form, None), 1)
    }

    /// A token request, and what comes of it.
    pub fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let response = self.post("/token", form);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "RFC 6749 clause 5.1");
        (response.status().as_u16(), serde_json::from_slice(response.body()).expect("JSON"))
    }

    /// The code of a refusal.
    pub fn refused(&self, form: &[(&str, &str)]) -> String {
        let (status, body) = self.token(form);
        assert!((400..500).contains(&status), "{status} {body}");
        body["error"].as_str().expect("an error").to_owned()
    }

    pub fn page(&self, query: &str) -> Page {
        page_of(&self.get(&format!("/authorize?{query}")))
    }

    pub fn submit(&self, page: &Page, name: &str, password: &str, from: u8) -> Response<Bytes> {
        let form =
            [("username", name), ("password", password), ("request", &page.request), ("csrf", &page.csrf)];
        self.send(posted("/login", &form, Some(&page.cookie)), from)
    }

    /// An authorization code for this user, who asks for these scopes.
    pub fn code_for(&self, name: &str, scope: &str) -> String {
        let page = self.page(&query(&[("scope", scope)]));
        let sent = location(&self.submit(&page, name, PASSWORD, 1));
        parameter(&sent, "code").unwrap_or_else(|| panic!("no code in {sent}"))
    }

    pub fn code(&self) -> String {
        self.code_for("alice", SCOPE)
    }

    /// What a log-in of this user gives.
    pub fn log_in(&self, name: &str) -> Value {
        let (status, tokens) = self.token(&code_form(&self.code_for(name, SCOPE), &[]));
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// As whoever takes the server's access tokens sees them.
    pub fn verifier(&self) -> Tokens {
        let jwks = self.get("/jwks").into_body();
        Tokens::new(vec![Issuer::new(&self.config.issuer, vec!["mcx".to_owned()], &jwks).expect("keys")])
    }

    /// What has been revoked, as whoever proves this name is told.
    pub fn revoked_as(&self, proves: Option<&str>) -> (u16, Value) {
        let mut arrival = arrival("servers", proves.unwrap_or_default());
        arrival.certificate = arrival.certificate.filter(|_| proves.is_some());
        let request = Request::get("/revoked").body(Bytes::new()).unwrap();
        let response = self.lab.fetch(&self.site, request, arrival).expect("answered without waiting");
        (response.status().as_u16(), serde_json::from_slice(response.body()).expect("JSON"))
    }

    pub fn revoked(&self) -> Vec<Value> {
        self.lab.advance(Duration::from_secs(2));
        let (status, list) = self.revoked_as(Some(MCS));
        assert_eq!(status, 200);
        list["revoked"].as_array().expect("a list").clone()
    }

    pub fn now(&self) -> std::time::SystemTime {
        self.lab.world("x").clock.wall()
    }
}
