//! Both systems, everybody in them, and what befalls them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use acm::{
    AcmServer, Config, Metrics,
    config::{AliasChoice, AllowRule, AuditKeys, HandleRule, Handling, PartnerConfig, User},
};
use kit::{Impu, aliases::Holder, testing::Lab};
use wire::{Recorder, World, web::NoWeb};
use xml_schemas::ids::{FunctionalAlias, Psi};

use super::{
    beside::{Beside, Path},
    chance::Chance,
    decide,
    disk::{Death, Disk, Kept},
    fault::Fault,
    life::{Life, Mortal},
    net::{Line, Net, Running, Weather},
    terminal::{self, Terminal},
};
use crate::{
    neighbours::configured,
    systems::{A, B, alias, core, hop_config, user},
};

pub const SYSTEMS: [&str; 2] = [A, B];
/// Of each system; the last handles nothing.
pub const USERS: [&str; 4] = ["u1", "u2", "u3", "u4"];
pub const ALIASES: [&str; 2] = ["duty", "chief"];
/// A user of `a.example`, as `b.example` knows him.
pub const VISITOR: &str = "sip:v-visitor@b.example";

/// So long everything works in the end: all that was put off comes in it, and everybody has decided.
const CALM: Duration = Duration::from_secs(3_900);

/// Who truly holds which alias.
#[derive(Clone, Default)]
pub struct Aliases(Arc<Mutex<Held>>);

/// The holders of each alias of each system.
type Held = BTreeMap<(String, &'static str), Vec<&'static str>>;

impl Aliases {
    fn set(&self, system: &str, name: &'static str, holders: Vec<&'static str>) {
        self.0.lock().unwrap().insert((system.to_owned(), name), holders);
    }

    /// The controlling server tells who holds what now.
    fn tell(&self, system: &str, server: &AcmServer) {
        for ((of, name), holders) in &*self.0.lock().unwrap() {
            if of == system {
                let holder = |who: &&str| Holder { user: user(who, system), client: None, since: None };
                server.cx().aliases().set(alias(name, system), holders.iter().map(holder).collect());
            }
        }
    }

    pub fn held_by(&self, terminal: &Terminal) -> Vec<FunctionalAlias> {
        let held = self.0.lock().unwrap();
        let his = held.iter().filter(|((system, _), holders)| {
            *system == terminal.system && holders.contains(&terminal.name.as_str())
        });
        his.map(|((system, name), _)| alias(name, system)).collect()
    }
}

/// One run.
pub struct Simulation {
    pub net: Arc<Net>,
    pub disks: BTreeMap<String, Disk>,
    pub beside: Beside,
    aliases: Aliases,
}

struct Nobody;

impl Recorder for Nobody {
    fn record(&self, _: wire::Entry) {}

    fn is_listening(&self) -> bool {
        false
    }
}

fn config(system: &str, chance: &Chance) -> Config {
    let psi = |system: &str| Psi::new(&format!("sip:acm_psi@{system}")).expect("valid");
    let rule = |initiator: &str, by, person: Option<&str>| HandleRule {
        name: format!("{initiator} {by:?}"),
        flows: Vec::new(),
        initiator: format!("sip:{initiator}@*"),
        by,
        person: person.map(|name| user(name, system)),
    };
    let partner = |other: &&str| PartnerConfig {
        name: (*other).into(),
        domains: vec![(*other).into()],
        psi: psi(other),
        merge: false,
        protection: None,
        direct: None,
        handle: vec![
            rule("u2", Handling::Allow, None),
            rule("u3", Handling::Person, Some("u1")),
            rule("u4", Handling::Refuse, None),
        ],
        audit: AuditKeys::default(),
    };
    let own = |name: &&str| User {
        id: user(name, system),
        impu: Impu::new(&format!("sip:{name}.imsi@{system}")).expect("valid"),
        handles: *name != "u4",
    };
    let allow = AllowRule {
        name: "everybody".into(),
        user: "sip:*".into(),
        flows: Vec::new(),
        partners: Vec::new(),
        allow: true,
    };
    let mut config = Config {
        core: Some(hop_config(&core(system))),
        gateway: Some(hop_config(&format!("mcgw.{system}"))),
        partners: SYSTEMS.iter().filter(|other| **other != system).map(partner).collect(),
        users: USERS.iter().map(own).collect(),
        allow: vec![allow],
        interconnection_groups: vec![format!("sip:*-ops@{system}")],
        alias_choice: *chance.pick(&[AliasChoice::First, AliasChoice::Latest, AliasChoice::RoundRobin]),
        at_once: *chance.pick(&[1, 2, 16]),
        ..Config::new(format!("acm1.core.{system}"), psi(system))
    };
    configured(system, &mut config);
    config
}

impl Simulation {
    /// Everything that follows from a seed.
    pub fn of(seed: u64, is_loud: bool) -> Self {
        Self::over(seed, is_loud, None)
    }

    /// The same over stores with a fault.
    pub fn over(seed: u64, is_loud: bool, fault: Option<Fault>) -> Self {
        let chance = Chance::of(seed);
        let lost = *chance.pick(&[0, 5, 15, 30]);
        let weather = Weather {
            lost,
            unanswered: *chance.pick(&[0, 5, 15]),
            doubled: *chance.pick(&[0, 10, 20]),
            refused: *chance.pick(&[0, 0, 0, 3]),
            slowest: *chance.pick(&[20, 400, 3_000]),
        };
        let everybody = SYSTEMS.iter().flat_map(|system| USERS.map(|name| Terminal::new(system, name)));
        let net = Arc::new(Net::new(Lab::new(), chance, weather, is_loud, everybody.map(Arc::new)));
        net.say(|| format!("{weather:?}"));
        let disks = SYSTEMS.iter().map(|system| ((*system).to_owned(), Disk::of(fault))).collect();
        Self { net, disks, beside: Beside::new(), aliases: Aliases::default() }
    }

    /// Rough hours, then calm ones.
    pub fn run(&self) {
        for system in SYSTEMS {
            for name in ALIASES {
                self.aliases.set(system, name, holders(&self.net.chance));
            }
            self.net.spawn(self.server(system).lives());
        }
        for terminal in self.net.terminals.values() {
            self.net.spawn(terminal::lives(Arc::clone(&self.net), Arc::clone(terminal)));
            let many = self.net.chance.below(4);
            self.net.spawn(decide::asks(
                Arc::clone(&self.net),
                Arc::clone(terminal),
                self.aliases.clone(),
                many,
            ));
        }
        self.net.spawn(cuts(Arc::clone(&self.net)));
        // Now and then for days.
        let rough = if self.net.chance.one_in(200) { 24 * 3_600 } else { 1_500 };
        self.net.lab.advance(Duration::from_secs(rough));
        self.net.say(|| "it is calm from now on".into());
        self.net.calm();
        self.net.lab.advance(CALM);
    }

    fn server(&self, system: &str) -> Server {
        Server {
            net: Arc::clone(&self.net),
            system: system.to_owned(),
            config: config(system, &self.net.chance),
            disk: self.disks[system].clone(),
            beside: self.beside.clone(),
            aliases: self.aliases.clone(),
        }
    }

    /// Everybody stops, so that nothing holds anything any more.
    pub fn end(&self) {
        self.net.actors.end();
        let running = std::mem::take(&mut *self.net.running.lock().unwrap());
        running.values().for_each(|running| running.life.end());
        drop(running);
        self.net.lab.run();
    }
}

/// Some of those who may, in some order.
fn holders(chance: &Chance) -> Vec<&'static str> {
    let first = *chance.pick(&USERS[..3]);
    let second = *chance.pick(&USERS[..3]);
    match chance.below(3) {
        0 => Vec::new(),
        1 => vec![first],
        _ if first == second => vec![first],
        _ => vec![first, second],
    }
}

/// Systems lose sight of each other.
async fn cuts(net: Arc<Net>) {
    loop {
        net.sleep(net.chance.seconds(200, 1_800)).await;
        if net.is_calm() {
            return;
        }
        let way =
            if net.chance.one_in(2) { (A.to_owned(), B.to_owned()) } else { (B.to_owned(), A.to_owned()) };
        let is_noticed = net.chance.one_in(2);
        net.say(|| format!("nothing passes from {} to {}", way.0, way.1));
        net.cuts.lock().unwrap().insert(way.clone(), is_noticed);
        net.sleep(net.chance.seconds(5, 900)).await;
        net.cuts.lock().unwrap().remove(&way);
    }
}

/// The ACM server of a system, over its restarts.
#[derive(Clone)]
struct Server {
    net: Arc<Net>,
    system: String,
    config: Config,
    disk: Disk,
    beside: Beside,
    aliases: Aliases,
}

impl Server {
    async fn lives(self) {
        let (server, moving) = (self.clone(), self.clone());
        self.net.spawn(moving.moves());
        loop {
            let chance = &server.net.chance;
            let death = match chance.below(3) {
                0 => Death::never(),
                roll => {
                    let commit = i64::try_from(1 + chance.below(25)).expect("few");
                    Death::at(commit, roll == 1)
                }
            };
            let death = if server.net.is_calm() { Death::never() } else { death };
            server.net.say(|| format!("{} starts", server.system));
            let life = server.start(Arc::clone(&death)).await;
            server.net.sleep(chance.seconds(60, 600)).await;
            if server.net.is_calm() && !life.is_over() {
                death.disarm();
                return;
            }
            server.net.say(|| format!("{} has ended", server.system));
            life.end();
            server.disk.is_left();
            server.net.running.lock().unwrap().remove(&server.system);
            if !server.net.is_calm() {
                server.net.sleep(chance.seconds(0, *chance.pick(&[2, 30, 400]))).await;
            }
        }
    }

    /// A process.
    async fn start(&self, death: Arc<Death>) -> Arc<Life> {
        let life = Arc::new(Life::default());
        let lab = self.net.lab.world(&self.config.name);
        let tasks = Arc::new(Mortal { tasks: lab.tasks.clone(), life: Arc::clone(&life) });
        let line = Line { net: Arc::clone(&self.net), system: self.system.clone(), life: Arc::clone(&life) };
        let path = Path { net: Arc::clone(&self.net), life: Arc::clone(&life), beside: self.beside.clone() };
        let world = World {
            wire: Arc::new(line),
            web: if self.system == B { Arc::new(path) } else { Arc::new(NoWeb) },
            tasks: tasks.clone(),
            recorder: Arc::new(Nobody),
            ..lab
        };
        let store = Kept {
            disk: self.disk.clone(),
            life: Arc::clone(&life),
            clock: world.clock.clone(),
            chance: self.net.chance.clone(),
            death,
        };
        let partners = acm::partners(&self.config, |_| Err("no file")).expect("none has one");
        let config = self.config.clone();
        let opening = async move {
            AcmServer::open(config, partners, world, Arc::new(store), Metrics::default(), None).await
        };
        // One that ends while it starts has served nobody.
        if let Some(server) = life.guard(Box::pin(opening)).await {
            let server = server.unwrap_or_else(|why| panic!("{why}"));
            let running = Running { server: server.clone(), life: Arc::clone(&life), tasks };
            self.net.running.lock().unwrap().insert(self.system.clone(), running);
            let (net, aliases, system) = (Arc::clone(&self.net), self.aliases.clone(), self.system.clone());
            self.net.spawn(async move {
                net.sleep(net.chance.seconds(0, 20)).await;
                aliases.tell(&system, &server);
            });
        }
        life
    }

    /// Aliases change hands.
    async fn moves(self) {
        let net = &self.net;
        loop {
            net.sleep(net.chance.seconds(20, 600)).await;
            let name = *net.chance.pick(&ALIASES);
            let mut holders = holders(&net.chance);
            if net.is_calm() && holders.is_empty() {
                holders.push("u1");
            }
            net.say(|| format!("{name}@{} is held by {holders:?}", self.system));
            self.aliases.set(&self.system, name, holders);
            net.sleep(net.chance.millis(0, 4_000)).await;
            let running = net.running.lock().unwrap().get(&self.system).cloned();
            if let Some(running) = running {
                self.aliases.tell(&self.system, &running.server);
            }
        }
    }
}
