//! ACM servers of two systems behind gateways that only assert, each with a SIP core that only relays. Everything in memory, on a clock
//! that the test moves.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

mod flows;
mod talk;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use acm::{
    AcmServer, Case, CaseKey, Config, Metrics,
    config::{AllowRule, AuditKeys, PartnerConfig, User},
};
use audit::{Chain, Key};
use aws_lc_rs::{encoding::AsDer as _, signature::Ed25519KeyPair};
use futures::FutureExt as _;
use kit::{
    Impu,
    aliases::Holder,
    testing::{End, Fate, Gateways, Lab, Servers, arrival, hop_config},
};
use prometheus_client::{encoding::text::encode, registry::Registry};
use sip::Message;
use store::{Clock, Disk, Redb, Store};
use xml_schemas::{
    flow::Flow,
    ids::{FunctionalAlias, McServiceId, Psi, RequestId},
};

pub use flows::*;
pub use kit::testing::Way;
#[allow(unused_imports, reason = "each test file uses what it needs")]
pub use talk::{Own, third_party_by};

pub const A: &str = "a.example";
pub const B: &str = "b.example";

/// Who asks in `a.example`, and who decides in `b.example`.
pub const ASKER: &str = "admin1";
pub const DECIDER: &str = "admin9";

/// What a store is put into.
pub type Wrap<'a> = dyn Fn(&str, Arc<dyn Store>) -> Arc<dyn Store> + 'a;

/// What is not as usual.
#[derive(Default)]
struct Setting<'s> {
    wrap: Option<&'s Wrap<'s>>,
    is_audited: bool,
    ways: HashMap<String, Way>,
}

pub struct World {
    pub lab: Lab,
    configs: HashMap<String, Config>,
    disks: HashMap<String, Disk>,
    servers: Servers,
    fate: Fate,
    chains: HashMap<String, Chain>,
    metrics: HashMap<String, Metrics>,
    pub stores: HashMap<String, Arc<dyn Store>>,
    pub systems: HashMap<String, AcmServer>,
}

pub fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

pub fn user(name: &str, system: &str) -> McServiceId {
    id(&format!("sip:{name}@{system}"))
}

pub fn alias(name: &str, system: &str) -> FunctionalAlias {
    FunctionalAlias::new(&format!("sip:{name}@{system}")).unwrap()
}

pub fn request_id(text: &str) -> RequestId {
    RequestId::new(text).unwrap()
}

pub fn core(system: &str) -> String {
    format!("sip-core.core.{system}")
}

fn chain(name: &str, store: &Arc<dyn Store>, world: &wire::World) -> Chain {
    let pair = Ed25519KeyPair::generate().unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let key = Key::from_pkcs8(der.as_ref()).unwrap();
    let opened = Chain::open(Arc::clone(store), name, Some(key), name, world.clock.wall());
    opened.now_or_never().expect("never busy").expect("opens")
}

/// A process of a system's server has its way to the other.
fn joined(lab: &Lab, (system, process): (&str, &str), (servers, fate): (&Servers, &Fate)) {
    let gateways = Gateways {
        from: system.to_owned(),
        servers: Arc::clone(servers),
        fate: Arc::clone(fate),
        clock: lab.world("gateway").clock,
    };
    let (service, arrival) = (Arc::new(gateways), arrival("inner", process));
    lab.connect(process, &format!("mcgw.{system}"), End::Service { service, arrival, asserted: None });
}

/// Everybody may ask everything of the other system, and whom a request names decides.
fn config(system: &str) -> Config {
    let other = if system == A { B } else { A };
    let own = |name: &str| User {
        id: user(name, system),
        impu: Impu::new(&format!("sip:{name}.imsi@{system}")).unwrap(),
        handles: true,
    };
    let psi = |system: &str| Psi::new(&format!("sip:acm_psi@{system}")).unwrap();
    let partner = PartnerConfig {
        name: other.into(),
        domains: vec![other.into()],
        psi: psi(other),
        merge: false,
        protection: None,
        direct: None,
        handle: Vec::new(),
        audit: AuditKeys { known: Vec::new(), takes_first: true },
    };
    let allow = AllowRule {
        name: "everybody".into(),
        user: "sip:*".into(),
        flows: Vec::new(),
        partners: Vec::new(),
        allow: true,
    };
    Config {
        core: Some(hop_config(&core(system))),
        gateway: Some(hop_config(&format!("mcgw.{system}"))),
        partners: vec![partner],
        users: ["admin1", "admin2", "admin8", "admin9"].into_iter().map(own).collect(),
        allow: vec![allow],
        interconnection_groups: vec![format!("sip:*-ops@{system}")],
        ..Config::new(format!("acm1.core.{system}"), psi(system))
    }
}

impl World {
    pub fn new() -> Self {
        Self::of(|_, _| ())
    }

    /// With what the operators say otherwise.
    pub fn of(change: impl Fn(&str, &mut Config)) -> Self {
        let (mut configs, mut disks) = (HashMap::new(), HashMap::new());
        for system in [A, B] {
            let mut config = config(system);
            change(system, &mut config);
            configs.insert(system.to_owned(), config);
            disks.insert(system.to_owned(), Disk::new());
        }
        Self::start(Lab::new(), configs, disks, &Setting::default())
    }

    /// With audit logs that are signed.
    pub fn audited() -> Self {
        Self::audited_of(|_, _| ())
    }

    /// The same, with what the operators say otherwise.
    pub fn audited_of(change: impl Fn(&str, &mut Config)) -> Self {
        let configs = [A, B].map(|system| {
            let mut config = config(system);
            change(system, &mut config);
            (system.to_owned(), config)
        });
        let disks = [A, B].map(|system| (system.to_owned(), Disk::new()));
        let setting = Setting { is_audited: true, ..Setting::default() };
        Self::start(Lab::new(), configs.into(), disks.into(), &setting)
    }

    /// Over stores that are not what they seem.
    pub fn over(wrap: &Wrap<'_>) -> Self {
        Self::of_over(|_, _| (), wrap)
    }

    /// The same, with what the operators say otherwise.
    pub fn of_over(change: impl Fn(&str, &mut Config), wrap: &Wrap<'_>) -> Self {
        let configs = [A, B].map(|system| {
            let mut config = config(system);
            change(system, &mut config);
            (system.to_owned(), config)
        });
        let disks = [A, B].map(|system| (system.to_owned(), Disk::new()));
        let setting = Setting { wrap: Some(wrap), ..Setting::default() };
        Self::start(Lab::new(), configs.into(), disks.into(), &setting)
    }

    fn start(
        lab: Lab,
        configs: HashMap<String, Config>,
        disks: HashMap<String, Disk>,
        setting: &Setting<'_>,
    ) -> Self {
        let (servers, fate) = (Servers::default(), Fate::default());
        let (mut systems, mut stores, mut chains) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut metrics = HashMap::new();
        for (system, config) in &configs {
            let clock = lab.world("store").clock;
            let store =
                Redb::open_in_memory(disks[system].clone(), Clock::new(move || clock.wall())).unwrap();
            let store: Arc<dyn Store> = Arc::new(store);
            let store = match setting.wrap {
                Some(wrap) => wrap(system, store),
                None => store,
            };
            let partners = acm::partners(config, |_| Err("no file")).unwrap();
            let world = lab.world(&config.name);
            let chain = setting.is_audited.then(|| chain(&config.name, &store, &world));
            chains.extend(chain.clone().map(|chain| (system.clone(), chain)));
            let counts = Metrics::default();
            let opened =
                AcmServer::open(config.clone(), partners, world, Arc::clone(&store), counts.clone(), chain);
            let server = opened.now_or_never().expect("never busy").expect("the store opens");
            let way = setting.ways.get(system).copied().unwrap_or_default();
            servers.lock().unwrap().insert(system.clone(), (server.service(), way));
            metrics.insert(system.clone(), counts);
            joined(&lab, (system, &config.name), (&servers, &fate));
            lab.connect(&config.name, &core(system), End::Response(sip::Response::new(200)));
            systems.insert(system.clone(), server);
            stores.insert(system.clone(), store);
        }
        lab.run();
        Self { lab, configs, disks, servers, fate, chains, metrics, stores, systems }
    }

    /// Another process of a system's server, over the same store and by a way of its own to the partner.
    pub fn second(&self, system: &str) -> AcmServer {
        self.second_of(system, |_| ())
    }

    /// The same, whose configuration says otherwise.
    pub fn second_of(&self, system: &str, change: impl Fn(&mut Config)) -> AcmServer {
        let mut config = Config { name: format!("acm2.core.{system}"), ..self.configs[system].clone() };
        change(&mut config);
        joined(&self.lab, (system, &config.name), (&self.servers, &self.fate));
        let (partners, store) =
            (acm::partners(&config, |_| Err("no file")).unwrap(), Arc::clone(&self.stores[system]));
        let world = self.lab.world(&config.name);
        let opened = AcmServer::open(config, partners, world, store, Metrics::default(), None);
        opened.now_or_never().expect("never busy").expect("the store opens")
    }

    /// A system's configuration is read again, and says otherwise.
    pub fn reload(&self, system: &str, change: impl Fn(&mut Config)) {
        let mut config = self.configs[system].clone();
        change(&mut config);
        let partners = acm::partners(&config, |_| Err("no file")).unwrap();
        self.systems[system].replace(config, partners);
        self.lab.run();
    }

    /// The way of a system's first process to the partner ends.
    pub fn cut_off(&self, system: &str) {
        self.lab.connect(&self.configs[system].name, &format!("mcgw.{system}"), End::Silent);
    }

    /// All processes are killed, and others begin over what the first had kept, so much later. What lies between them stays as it was.
    #[must_use]
    pub fn restart(self, later: Duration) -> Self {
        let now = self.now();
        let ways =
            self.servers.lock().unwrap().iter().map(|(system, (_, way))| (system.clone(), *way)).collect();
        let (configs, disks, is_audited) =
            (self.configs.clone(), self.disks.clone(), !self.chains.is_empty());
        drop(self);
        let lab = Lab::new();
        let passed = now.duration_since(lab.world("clock").clock.wall()).unwrap_or_default();
        lab.advance(passed + later);
        Self::start(lab, configs, disks, &Setting { ways, is_audited, ..Setting::default() })
    }

    /// What a system's server counts, in the text of its metrics.
    pub fn metrics(&self, system: &str) -> String {
        let mut registry = Registry::default();
        self.metrics[system].register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    /// How many seconds the oldest message has waited that the other system has still to accept.
    pub fn oldest(&self, system: &str) -> u64 {
        let text = self.metrics(system);
        let line = text.lines().find(|line| line.starts_with("mcx_acm_letter_age_seconds{"));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).expect("is told")
    }

    /// The audit log of a system's server.
    pub fn chain(&self, system: &str) -> &Chain {
        &self.chains[system]
    }

    pub fn chain_name(&self, system: &str) -> &str {
        &self.configs[system].name
    }

    /// What becomes of the request of this number, from the first between systems on.
    pub fn nth(&self, number: usize, way: Way) {
        *self.fate.lock().unwrap() = (0, Some((number, way)));
    }

    /// How many have passed between the systems.
    pub fn passed(&self) -> usize {
        self.fate.lock().unwrap().0
    }

    /// What becomes of requests towards a system, from now on.
    pub fn way(&self, to: &str, way: Way) {
        self.servers.lock().unwrap().get_mut(to).unwrap().1 = way;
    }

    /// Whether clients of a system are reached.
    pub fn clients(&self, system: &str, are_there: bool) {
        let status = if are_there { 200 } else { 480 };
        let name = &self.configs[system].name;
        self.lab.connect(name, &core(system), End::Response(sip::Response::new(status)));
    }

    pub fn seconds(&self, seconds: u64) {
        self.lab.advance(Duration::from_secs(seconds));
    }

    pub fn now(&self) -> SystemTime {
        self.lab.world("clock").clock.wall()
    }

    /// These users of a system hold an alias, in this order.
    pub fn holds(&self, system: &str, role: &str, users: &[&str]) {
        let users: Vec<_> = users.iter().map(|name| (*name, None)).collect();
        self.is_active_on(system, role, &users);
    }

    /// On these clients of theirs it is active, by the names that they have there; in this order.
    pub fn is_active_on(&self, system: &str, role: &str, users: &[(&str, Option<&str>)]) {
        let holder = |(name, client): &(&str, Option<&str>)| Holder {
            user: user(name, system),
            client: client.map(str::to_owned),
            since: None,
        };
        self.systems[system].cx().aliases().set(alias(role, system), users.iter().map(holder).collect());
        self.lab.run();
    }

    pub fn asked(&self, request: &str) -> Option<Case> {
        self.case(A, &CaseKey::asked(request_id(request)))
    }

    pub fn received(&self, request: &str) -> Option<Case> {
        self.case(B, &CaseKey::received(A, request_id(request)))
    }

    pub fn case(&self, system: &str, key: &CaseKey) -> Option<Case> {
        self.systems[system].case(key).now_or_never().expect("never busy").expect("is read")
    }

    /// How many records there are whose keys begin so.
    pub fn records(&self, system: &str, prefix: &str) -> usize {
        let found = self.stores[system].scan(prefix.as_bytes(), None, 1_000);
        found.now_or_never().expect("never busy").expect("is read").len()
    }

    /// What clients of a system were told, of this type, whether they accepted it or not.
    pub fn told<F: Flow>(&self, system: &str) -> Vec<F> {
        self.sent(&core(system))
    }

    /// What left by a hop, of this type.
    pub fn sent<F: Flow>(&self, hop: &str) -> Vec<F> {
        let read = |message: &Message| F::join(&kit::carriage::parts(message).ok()?).ok();
        self.lab.sent(hop).iter().filter_map(read).collect()
    }

    /// The steps of a clause, in the order in which they happened.
    pub fn steps(&self, clause: &str) -> Vec<u8> {
        let steps = self.lab.ladder().steps().into_iter();
        steps.filter(|(_, of, _)| *of == clause).map(|(_, _, number)| number).collect()
    }

    pub fn is_quiet(&self) -> bool {
        self.systems.values().all(AcmServer::is_quiet)
    }
}

/// The steps that a test saw, for `cargo xtask ledger`.
impl Drop for World {
    fn drop(&mut self) {
        let thread = std::thread::current();
        let Some(test) = thread.name().filter(|name| *name != "main") else { return };
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ledger");
        let steps = self.lab.ladder().steps().into_iter().map(|(_, clause, number)| (clause, number));
        let seen = steps.collect::<std::collections::BTreeSet<_>>();
        let line = |(clause, number)| format!("{{\"clause\":\"{clause}\",\"number\":{number}}}\n");
        let lines: String = seen.into_iter().map(line).collect();
        let _ = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join(format!("{test}.jsonl")), lines));
    }
}
