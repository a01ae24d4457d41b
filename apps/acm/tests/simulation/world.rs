//! Both systems, everybody in them, and what befalls them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use acm::{
    AcmServer, Case, CaseKey, Config,
    config::{AliasChoice, AllowRule, AuditKeys, HandleRule, Handling, PartnerConfig, User},
};
use kit::{
    Impu,
    aliases::Holder,
    testing::{Lab, hop_config},
};
use xml_schemas::ids::{FunctionalAlias, Psi};

use super::{
    beside::Beside,
    chance::Chance,
    decide,
    disk::Disk,
    fault::Fault,
    log,
    net::{Net, Weather, done},
    pairs::{self, DESK, Pairs},
    server::Server,
    terminal::{self, Terminal},
};
use crate::{
    neighbours::configured,
    systems::{A, B, alias, core, user},
};

pub const SYSTEMS: [&str; 2] = [A, B];
/// Of each system; the last handles nothing.
pub const USERS: [&str; 4] = ["u1", "u2", "u3", "u4"];
pub const ALIASES: [&str; 2] = ["duty", "chief"];
/// Those of `a.example` who go to `b.example`, perhaps.
pub const WANDERERS: [&str; 3] = ["w1", "w2", "w3"];
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
    pub fn set(&self, system: &str, name: &'static str, holders: Vec<&'static str>) {
        self.0.lock().unwrap().insert((system.to_owned(), name), holders);
    }

    /// The controlling server tells who holds what now, and so of what nobody holds any more that it holds.
    pub fn tell(&self, pairs: &Pairs, system: &str, server: &AcmServer) {
        for ((of, name), holders) in &*self.0.lock().unwrap() {
            if of == system {
                let holder = |who: &&str| {
                    let user = user(who, system);
                    let clients = pairs.active(name, system, who).into_iter();
                    clients.map(move |client| Holder { user: user.clone(), client, since: None })
                };
                server.cx().aliases().set(alias(name, system), holders.iter().flat_map(holder).collect());
            }
        }
        server.cx().aliases().everything_is_told();
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
    /// Whether the ends of the audit logs are signed, and receipts are given.
    pub is_signed: bool,
    /// How many processes a system's server has.
    processes: u64,
    aliases: Aliases,
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
        audit: AuditKeys { known: vec![log::key(other).public()], takes_first: false },
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
        let (is_signed, processes) = (chance.one_in(4), *chance.pick(&[1, 1, 2]));
        let is_crowded = chance.one_in(6) || fault.is_some_and(Fault::needs_a_crowd);
        let processes = if fault.is_some_and(Fault::needs_a_crowd) { 2 } else { processes };
        let pairs = Pairs::of(seed);
        let mut everybody = Vec::new();
        for (system, name) in SYSTEMS.iter().flat_map(|system| USERS.map(|name| (system, name))) {
            let clients = pairs.clients(system, name).into_iter();
            everybody.extend(clients.map(|client| Arc::new(Terminal::new(system, name, client))));
        }
        let everybody = everybody.into_iter();
        let net = Arc::new(Net::new(Lab::new(), chance, weather, (is_loud, is_crowded), pairs, everybody));
        net.say(|| format!("{weather:?}, {processes} processes each"));
        let beside = Beside::new();
        beside.fake.held(|held| held.takes_late = fault == Some(Fault::LateWords));
        let disks = SYSTEMS.iter().map(|system| ((*system).to_owned(), Disk::of(fault))).collect();
        Self { net, disks, beside, is_signed, processes, aliases: Aliases::default() }
    }

    /// Rough hours, then calm ones.
    pub fn run(&self) {
        for system in SYSTEMS {
            for name in ALIASES {
                self.aliases.set(system, name, holders(&self.net.chance));
            }
            let server = self.server(system);
            self.net.spawn(server.clone().moves());
            for number in 1..=self.processes {
                let config = Config { name: format!("acm{number}.core.{system}"), ..server.config.clone() };
                self.net.spawn(Server { config, ..server.clone() }.lives());
            }
        }
        for terminal in self.net.terminals.values() {
            self.net.spawn(terminal::lives(Arc::clone(&self.net), Arc::clone(terminal)));
            if terminal.client.is_some() {
                self.net.spawn(pairs::falls_silent(Arc::clone(&self.net), Arc::clone(terminal)));
            }
            if terminal.client == Some(DESK) {
                // He asks by the other.
                continue;
            }
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
        if !self.net.pairs.is_empty() {
            let wrong = self.quiet_hour();
            self.net.wrong.lock().unwrap().extend(wrong);
        }
        self.net.lab.advance(CALM);
    }

    fn server(&self, system: &str) -> Server {
        Server {
            net: Arc::clone(&self.net),
            system: system.to_owned(),
            config: config(system, &self.net.chance),
            disk: self.disks[system].clone(),
            beside: self.beside.clone(),
            is_signed: self.is_signed,
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

impl Simulation {
    /// A request as the server of a system keeps it.
    pub fn case(&self, system: &str, key: CaseKey) -> Option<Case> {
        let running = self.net.any_of(system).expect("it runs");
        done(&self.net, async move { running.server.case(&key).await.expect("is read") })
    }
}

/// Some of those who may, in some order.
pub fn holders(chance: &Chance) -> Vec<&'static str> {
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
