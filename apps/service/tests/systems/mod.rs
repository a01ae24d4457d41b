//! MC service servers of three systems behind gateways that only assert, each with a SIP core that only relays. Everything in memory,
//! on a clock that the test moves.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

mod faulty;
mod says;

#[allow(unused_imports, reason = "each test file uses what it needs")]
pub use faulty::{Faulty, How};
pub use kit::testing::Way;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use audit::Chain;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use bytes::BytesMut;
use futures::FutureExt as _;
use kit::{
    Cause, Impu, OwnServer,
    audit::Log,
    testing::{End, Fate, Gateways, Lab, Servers, arrival, asserted, hop, hop_config},
    tokens::{Grant, IssuerConfig, Signer},
};
use service::{
    Config, McServiceServer, Metrics, Migrations,
    config::{AuthorizationConfig, User},
    migration::{Allow, MigrationConfig, PartnerConfig, Visitors},
};
use sip::{Message, Method, Name, Request};
use store::{Clock, Disk, Redb, Store};
use xml_schemas::{
    body::{PocSettings, interconnection_info::McService, mcptt_info::AccessToken},
    flow::{Carriage, Flow, Part},
    ids::{McServiceId, Psi, RequestId},
    migration::{
        Correlation, Migrates, MigrationEnded, MigrationServiceAuthorizationRequest as Asks,
        MigrationServiceAuthorizationResponse as Answers, Outcome, ProfileIndex, Publication,
    },
};

/// The user at home, in `a.example`.
pub const ALICE: &str = "sip:alice@a.example";
/// Who alice is in the two partner systems.
pub const VISITORS: [(&str, &str); 2] =
    [("b.example", "sip:m0417@b.example"), ("c.example", "sip:v77@c.example")];
pub const CLIENT: &str = "urn:uuid:9";

const ISSUER: &str = "https://idms.example";

/// The audit log of a process. Opening it, and what stands in it alone, is no call of the process's that may fail.
fn log(lab: &Lab, name: &str, store: &Arc<dyn Store>) -> Log {
    let clock = lab.world(name).clock;
    let chain = Chain::open(Arc::clone(store), name, None, name, clock.wall()).now_or_never();
    Log::new(chain.expect("never busy").expect("opens"), Arc::clone(store), clock)
}

/// One process of an MC service server, and the ways that it has.
fn process(
    lab: &Lab,
    (system, config): (&str, &Config),
    (store, log): (Arc<dyn Store>, Log),
    (servers, fate): (&Servers, &Fate),
) -> McServiceServer {
    let partners = service::migration::partners(config, |_| Err("no file")).unwrap();
    let opened = McServiceServer::open(
        config.clone(),
        partners,
        lab.world(&config.name),
        store,
        Metrics::default(),
        log,
    );
    let gateways = Gateways {
        from: system.to_owned(),
        servers: Arc::clone(servers),
        fate: Arc::clone(fate),
        clock: lab.world("gateway").clock,
    };
    let (service, arrival) = (Arc::new(gateways), arrival("inner", &config.name));
    lab.connect(&config.name, &format!("mcgw.{system}"), End::Service { service, arrival, asserted: None });
    for hop in [core(system), format!("lms1.core.{system}")] {
        lab.connect(&config.name, &hop, End::Response(sip::Response::new(200)));
    }
    opened.now_or_never().expect("never busy").expect("the store opens")
}

pub struct World {
    pub lab: Lab,
    signer: Arc<Signer>,
    configs: HashMap<String, Config>,
    disks: HashMap<String, Disk>,
    stores: HashMap<String, Arc<dyn Store>>,
    faulty: HashMap<String, Faulty>,
    servers: Servers,
    fate: Fate,
    pub systems: HashMap<String, McServiceServer>,
}

pub fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

pub fn visitor(system: &str) -> McServiceId {
    id(VISITORS.iter().find(|(name, _)| *name == system).unwrap().1)
}

fn core(system: &str) -> String {
    format!("sip-core.core.{system}")
}

/// Of every other system anybody may come; of `a.example` everybody may go everywhere, with profile 3.
fn migration(system: &str) -> MigrationConfig {
    let others = ["a.example", "b.example", "c.example"].into_iter().filter(|name| *name != system);
    let partner = |name: &str| PartnerConfig {
        name: name.into(),
        domains: vec![name.into()],
        psi: Psi::new(&format!("sip:mcptt_psi@{name}")).unwrap(),
        merge: false,
        direct: None,
        protection: None,
        visitors: Visitors::Any,
        expected: Vec::new(),
        at_most: None,
        allow: vec![Allow { user: "sip:*@a.example".into(), profiles: vec![3] }],
    };
    MigrationConfig {
        core: Some(hop_config(&core(system))),
        gateway: Some(hop_config(&format!("mcgw.{system}"))),
        reconcile_every: None,
        partners: others.map(partner).collect(),
        ..MigrationConfig::default()
    }
}

fn config(system: &str, signer: &Signer) -> Config {
    let own = |user: &str| User {
        id: id(&format!("sip:{user}@{system}")),
        impu: Impu::new(&format!("sip:{user}.imsi@{system}")).unwrap(),
    };
    Config {
        name: format!("mcs1.core.{system}").into(),
        psi: Psi::new(&format!("sip:mcptt_psi@{system}")).unwrap(),
        listen: Vec::new(),
        core: core(system).into(),
        locations: OwnServer {
            identity: format!("lms1.core.{system}").into(),
            psi: Psi::new(&format!("sip:lms_psi@{system}")).unwrap(),
            hop: hop(&format!("lms1.core.{system}")),
        },
        users: vec![own("alice"), own("dave")],
        deadline: Duration::from_secs(15),
        groups: None,
        named_groups: Vec::new(),
        profiles: None,
        issuers: vec![IssuerConfig::of_set(ISSUER, vec!["mcx".into()], signer.jwks())],
        authorization: AuthorizationConfig::default(),
        migration: Some(migration(system)),
        http: Vec::new(),
        http_limits: kit::config::HttpLimits::default(),
        protected: std::collections::HashMap::new(),
        administrators: vec![format!("sip:admin@{system}")],
    }
}

impl World {
    pub fn new() -> Self {
        Self::of(|_, _| ())
    }

    /// With what the operators say otherwise.
    pub fn of(change: impl Fn(&str, &mut MigrationConfig)) -> Self {
        Self::configured(|system, config| change(system, config.migration.as_mut().unwrap()))
    }

    /// As [`World::of`], of the whole configuration.
    pub fn configured(change: impl Fn(&str, &mut Config)) -> Self {
        let key =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let signer = Arc::new(Signer::new(ISSUER, key.as_ref()).unwrap());
        let (mut configs, mut disks) = (HashMap::new(), HashMap::new());
        for system in ["a.example", "b.example", "c.example"] {
            let mut config = config(system, &signer);
            change(system, &mut config);
            configs.insert(system.to_owned(), config);
            disks.insert(system.to_owned(), Disk::new());
        }
        let world = Self::start(Lab::new(), signer, configs, disks);
        world.lab.run();
        world
    }

    fn start(
        lab: Lab,
        signer: Arc<Signer>,
        configs: HashMap<String, Config>,
        disks: HashMap<String, Disk>,
    ) -> Self {
        let (servers, fate, mut systems) = (Servers::default(), Fate::default(), HashMap::new());
        let mut stores = HashMap::<String, Arc<dyn Store>>::new();
        let mut faulty = HashMap::<String, Faulty>::new();
        for (system, config) in &configs {
            let clock = lab.world("store").clock;
            let store =
                Redb::open_in_memory(disks[system].clone(), Clock::new(move || clock.wall())).unwrap();
            let store: Arc<dyn Store> = Arc::new(store);
            stores.insert(system.clone(), Arc::clone(&store));
            let log = log(&lab, &config.name, &store);
            let store = faulty.entry(system.clone()).or_default().over(store);
            let server = process(&lab, (system, config), (store, log), (&servers, &fate));
            servers.lock().unwrap().insert(system.clone(), (server.service(), Way::Open));
            systems.insert(system.clone(), server);
        }
        Self { lab, signer, configs, disks, stores, faulty, servers, fate, systems }
    }

    /// Another process of a system's server begins, over the same store. The gateways lead to it from now on; clients are still served
    /// by the first one.
    pub fn second(&self, system: &str) -> McServiceServer {
        let config = Config { name: format!("mcs2.core.{system}").into(), ..self.configs[system].clone() };
        let store = self.store(system);
        let log = log(&self.lab, &config.name, &store);
        let server = process(&self.lab, (system, &config), (store, log), (&self.servers, &self.fate));
        self.servers.lock().unwrap().insert(system.to_owned(), (server.service(), Way::Open));
        self.lab.run();
        server
    }

    /// What stands in the audit log of a system's first process.
    pub fn entries(&self, system: &str) -> Vec<audit::Entry> {
        let (name, store) = (&self.configs[system].name, &self.stores[system]);
        let log = log(&self.lab, name, store);
        let sealed = log.chain().unwrap().seal(std::time::UNIX_EPOCH).now_or_never();
        sealed.expect("never busy").expect("sealed");
        let sealed = audit::entries(&**store, name, 0, 10_000).now_or_never().expect("never busy");
        sealed.expect("is read").into_iter().filter_map(|sealed| sealed.entry).collect()
    }

    /// The store as the system's first process sees it.
    pub fn faulty(&self, system: &str) -> &Faulty {
        &self.faulty[system]
    }

    /// What a system's server keeps.
    pub fn store(&self, system: &str) -> Arc<dyn Store> {
        Arc::clone(&self.stores[system])
    }

    /// What becomes of the request of this number, from the first between systems on.
    pub fn nth(&self, number: usize, way: Way) {
        *self.fate.lock().unwrap() = (0, Some((number, way)));
    }

    /// All processes are killed, and others begin over what the first had kept, so much later.
    #[must_use]
    pub fn restart(self, later: Duration) -> Self {
        let world = self.restart_at_once(later);
        world.lab.run();
        world
    }

    /// As [`World::restart`]; what the new processes do by themselves they have not begun.
    #[must_use]
    pub fn restart_at_once(self, later: Duration) -> Self {
        let now = self.now();
        let (signer, configs, disks) = (Arc::clone(&self.signer), self.configs.clone(), self.disks.clone());
        drop(self);
        let lab = Lab::new();
        let passed = now.duration_since(lab.world("clock").clock.wall()).unwrap_or_default();
        lab.advance(passed + later);
        Self::start(lab, signer, configs, disks)
    }

    /// What becomes of requests towards a system, from now on.
    pub fn way(&self, to: &str, way: Way) {
        self.servers.lock().unwrap().get_mut(to).unwrap().1 = way;
    }

    pub fn seconds(&self, seconds: u64) {
        self.lab.advance(Duration::from_secs(seconds));
    }

    pub fn migrations(&self, system: &str) -> &Migrations {
        self.systems[system].migrations().expect("migration is configured")
    }

    pub fn now(&self) -> SystemTime {
        self.lab.world("clock").clock.wall()
    }

    pub fn is_authorized(&self, system: &str, user: &McServiceId) -> bool {
        self.systems[system].authorizations().is_authorized(user, self.now())
    }

    /// What a system's server answers to HTTP of this user.
    pub fn fetches(&self, system: &str, user: &str, method: http::Method, path: &str) -> (u16, bytes::Bytes) {
        let token = self.token(&id(user));
        let request = http::Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {}", token.as_str()));
        let mut from = arrival("clients", "nobody");
        from.certificate = None;
        let web = self.systems[system].web();
        let response = self.lab.fetch(&web, request.body(bytes::Bytes::new()).unwrap(), from);
        let response = response.expect("is answered");
        (response.status().as_u16(), response.into_body())
    }

    fn token(&self, user: &McServiceId) -> AccessToken {
        let scopes = ["3gpp:mc:ptt_service", "3gpp:mc:video_service"];
        let (issued, lasts) = (SystemTime::UNIX_EPOCH, Duration::from_secs(4_000_000_000));
        let grant = Grant { user, audience: &["mcx"], scopes: &scopes, issued, lasts };
        match VISITORS.iter().any(|(_, visitor)| *visitor == user.as_str()) {
            true => self.token_for(user, &id(ALICE)),
            false => AccessToken::new(self.signer.sign(&grant).unwrap()),
        }
    }

    /// Of a visitor, for whom his primary system has vouched under this ID.
    fn token_for(&self, user: &McServiceId, primary: &McServiceId) -> AccessToken {
        let (issued, lasts) = (SystemTime::UNIX_EPOCH, Duration::from_secs(4_000_000_000));
        let scopes = ["3gpp:mc:ptt_service", "3gpp:mc:video_service"];
        let grant = Grant { user, audience: &["mcx"], scopes: &scopes, issued, lasts };
        AccessToken::new(self.signer.sign_for_visitor(&grant, primary).unwrap())
    }
}

/// The steps that a test saw, for `cargo xtask ledger`.
impl Drop for World {
    fn drop(&mut self) {
        let thread = std::thread::current();
        let Some(test) = thread.name().filter(|name| *name != "main") else { return };
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ledger");
        let steps = self.steps().into_iter().collect::<std::collections::BTreeSet<u8>>();
        let line = |number: u8| format!("{{\"clause\":\"10.6.3.3\",\"number\":{number}}}\n");
        let lines: String = steps.into_iter().map(line).collect();
        let _ = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join(format!("{test}.jsonl")), lines));
    }
}

/// Why it came to nothing.
pub fn cause(outcome: Option<Outcome>) -> Option<Cause> {
    match outcome {
        Some(Outcome::Failure(refusal)) => refusal.code.and_then(Cause::from_code),
        _ => None,
    }
}
