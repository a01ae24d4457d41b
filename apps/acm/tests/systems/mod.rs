//! ACM servers of two systems behind gateways that only assert, each with a SIP core that only relays. Everything in memory, on a clock
//! that the test moves.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

mod fate;
mod flows;

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
use bytes::BytesMut;
use futures::FutureExt as _;
use kit::{
    Cause, Impu,
    aliases::Holder,
    config::HopConfig,
    testing::{End, Lab, arrival},
};
use sip::{Message, Method, Name, Request};
use store::{Clock, Disk, Redb, Store};
use wire::Transport;
use xml_schemas::{
    flow::{Carriage, Flow},
    ids::{FunctionalAlias, McServiceId, Psi, RequestId},
};

pub use fate::Way;
use fate::{Fate, Gateways, Servers, asserted};
pub use flows::*;

pub const A: &str = "a.example";
pub const B: &str = "b.example";

/// Who asks in `a.example`, and who decides in `b.example`.
pub const ASKER: &str = "admin1";
pub const DECIDER: &str = "admin9";

/// What a store is put into.
pub type Wrap<'a> = dyn Fn(&str, Arc<dyn Store>) -> Arc<dyn Store> + 'a;

pub struct World {
    pub lab: Lab,
    configs: HashMap<String, Config>,
    disks: HashMap<String, Disk>,
    servers: Servers,
    fate: Fate,
    chains: HashMap<String, Chain>,
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

pub fn hop_config(name: &str) -> HopConfig {
    HopConfig {
        name: name.into(),
        address: ([127, 0, 0, 1], 5061).into(),
        transport: Transport::Tls,
        tls: Some("inner".into()),
        identity: name.into(),
        streams: wire::Streams::default(),
    }
}

fn chain(name: &str, store: &Arc<dyn Store>, world: &wire::World) -> Chain {
    let pair = Ed25519KeyPair::generate().unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let key = Key::from_pkcs8(der.as_ref()).unwrap();
    let opened = Chain::open(Arc::clone(store), name, Some(key), name, world.clock.wall());
    opened.now_or_never().expect("never busy").expect("opens")
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
        Self::start(Lab::new(), configs, disks, &|_, store| store, false)
    }

    /// With audit logs that are signed.
    pub fn audited() -> Self {
        let configs = [A, B].map(|system| (system.to_owned(), config(system)));
        let disks = [A, B].map(|system| (system.to_owned(), Disk::new()));
        Self::start(Lab::new(), configs.into(), disks.into(), &|_, store| store, true)
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
        Self::start(Lab::new(), configs.into(), disks.into(), wrap, false)
    }

    fn start(
        lab: Lab,
        configs: HashMap<String, Config>,
        disks: HashMap<String, Disk>,
        wrap: &Wrap<'_>,
        is_audited: bool,
    ) -> Self {
        let (servers, fate) = (Servers::default(), Fate::default());
        let (mut systems, mut stores, mut chains) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (system, config) in &configs {
            let clock = lab.world("store").clock;
            let store =
                Redb::open_in_memory(disks[system].clone(), Clock::new(move || clock.wall())).unwrap();
            let store = wrap(system, Arc::new(store));
            let partners = acm::partners(config, |_| Err("no file")).unwrap();
            let world = lab.world(&config.name);
            let chain = is_audited.then(|| chain(&config.name, &store, &world));
            chains.extend(chain.clone().map(|chain| (system.clone(), chain)));
            let opened = AcmServer::open(
                config.clone(),
                partners,
                world,
                Arc::clone(&store),
                Metrics::default(),
                chain,
            );
            let server = opened.now_or_never().expect("never busy").expect("the store opens");
            servers.lock().unwrap().insert(system.clone(), (server.service(), Way::Open));
            let gateways =
                Gateways { from: system.clone(), servers: Arc::clone(&servers), fate: Arc::clone(&fate) };
            let end = End::Service {
                service: Arc::new(gateways),
                arrival: arrival("inner", &config.name),
                asserted: None,
            };
            lab.connect(&config.name, &format!("mcgw.{system}"), end);
            lab.connect(&config.name, &core(system), End::Response(sip::Response::new(200)));
            systems.insert(system.clone(), server);
            stores.insert(system.clone(), store);
        }
        lab.run();
        Self { lab, configs, disks, servers, fate, chains, stores, systems }
    }

    /// Another process of a system's server, over the same store and by a way of its own to the partner.
    pub fn second(&self, system: &str) -> AcmServer {
        self.second_of(system, |_| ())
    }

    /// The same, whose configuration says otherwise.
    pub fn second_of(&self, system: &str, change: impl Fn(&mut Config)) -> AcmServer {
        let mut config = Config { name: format!("acm2.core.{system}"), ..self.configs[system].clone() };
        change(&mut config);
        let (from, servers, fate) = (system.to_owned(), Arc::clone(&self.servers), Arc::clone(&self.fate));
        let end = End::Service {
            service: Arc::new(Gateways { from, servers, fate }),
            arrival: arrival("inner", &config.name),
            asserted: None,
        };
        self.lab.connect(&config.name, &format!("mcgw.{system}"), end);
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

    /// All processes are killed, and others begin over what the first had kept, so much later.
    #[must_use]
    pub fn restart(self, later: Duration) -> Self {
        let now = self.now();
        let (configs, disks) = (self.configs.clone(), self.disks.clone());
        drop(self);
        let lab = Lab::new();
        let passed = now.duration_since(lab.world("clock").clock.wall()).unwrap_or_default();
        lab.advance(passed + later);
        Self::start(lab, configs, disks, &|_, store| store, false)
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
        let holder = |name: &&str| Holder { user: user(name, system), client: None, since: None };
        self.systems[system].cx().aliases().set(alias(role, system), users.iter().map(holder).collect());
        self.lab.run();
    }

    pub fn asked(&self, request: &str) -> Option<Case> {
        self.case(A, &CaseKey::asked(request_id(request)))
    }

    pub fn received(&self, request: &str) -> Option<Case> {
        self.case(B, &CaseKey::received(A, request_id(request)))
    }

    fn case(&self, system: &str, key: &CaseKey) -> Option<Case> {
        self.systems[system].case(key).now_or_never().expect("never busy").expect("is read")
    }

    /// A third-party registration: its status.
    pub fn registers(&self, system: &str, name: &str, expires: u32) -> Option<u16> {
        let request = Request::new(Method::Register, format!("sip:acm_psi@{system}"))
            .header(Name::From, format!("<sip:{}>;tag=1", core(system)))
            .header(Name::To, format!("<sip:{name}.imsi@{system}>"))
            .header(Name::CallId, "c")
            .header(Name::CSeq, "1 REGISTER")
            .header(Name::Contact, format!("<sip:{}>", core(system)))
            .header(Name::Expires, expires.to_string());
        let answer =
            self.lab.deliver(&*self.systems[system].service(), &request, arrival("inner", &core(system)));
        answer.and_then(|answer| answer.status())
    }

    pub fn logs_on(&self, system: &str, name: &str) {
        assert_eq!(self.registers(system, name, 86_400), Some(200));
    }

    pub fn logs_off(&self, system: &str, name: &str) {
        assert_eq!(self.registers(system, name, 0), Some(200));
    }

    /// A message of a user's client, as the SIP core lets it in: status and cause; none where it is not answered yet.
    pub fn says<F: Carriage>(&self, system: &str, name: &str, flow: &F) -> (u16, Option<Cause>) {
        self.message(system, flow, &format!("sip:{name}.imsi@{system}"), &core(system))
    }

    /// The same, to another process of the system's server.
    pub fn says_to<F: Carriage>(
        &self,
        server: &AcmServer,
        system: &str,
        name: &str,
        flow: &F,
    ) -> (u16, Option<Cause>) {
        let identity = format!("sip:{name}.imsi@{system}");
        self.message_to(server, system, flow, &identity, &core(system))
    }

    /// How many records there are whose keys begin so.
    pub fn records(&self, system: &str, prefix: &str) -> usize {
        let found = self.stores[system].scan(prefix.as_bytes(), None, 1_000);
        found.now_or_never().expect("never busy").expect("is read").len()
    }

    /// A message of a system's server, as the gateway of the other lets it in.
    pub fn between<F: Carriage>(&self, from: &str, to: &str, flow: &F) -> (u16, Option<Cause>) {
        self.message(to, flow, &format!("sip:{from}"), &format!("mcgw.{to}"))
    }

    fn message<F: Carriage>(&self, to: &str, flow: &F, identity: &str, by: &str) -> (u16, Option<Cause>) {
        self.message_to(&self.systems[to], to, flow, identity, by)
    }

    fn message_to<F: Carriage>(
        &self,
        server: &AcmServer,
        to: &str,
        flow: &F,
        identity: &str,
        by: &str,
    ) -> (u16, Option<Cause>) {
        let own = Psi::new("sip:acm_psi@peer.example").unwrap();
        let (uri, ids) = (format!("sip:acm_psi@{to}"), self.lab.world("peer").ids);
        let envelope = kit::carriage::Envelope { uri: &uri, own: &own, asserts: true, ids: &*ids };
        let request = kit::carriage::compose(&envelope, &flow.split()).unwrap();
        let mut out = BytesMut::new();
        request.print(b"SIP/2.0/TLS x;branch=z9hG4bK1", &mut out);
        let message = Message::parse(out.freeze(), &sip::Limits::STREAM).unwrap();
        let message = asserted(&message, identity);
        let answer = self.lab.deliver_message(&*server.service(), &message, arrival("inner", by));
        let answer = answer.expect("is answered");
        let status = answer.status().unwrap();
        (status, (status >= 300).then(|| Cause::from_response(&answer)))
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
