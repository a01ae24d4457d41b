//! Both MC systems of the lab with what administration needs taken apart: the gateway, the ACM server and the functional alias
//! controlling server of each run in a process and over a store of their own, so that each can be killed by itself.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    process::Command,
};

use nix::sys::signal::Signal;

use crate::{Lab, Running, http, replicas::tables, tools};

/// The processes that an entity has for itself; what is left runs in `servers`, which starts first.
pub const ALONE: [&str; 3] = ["aliases", "acm", "gateway"];

/// The two systems.
pub const SYSTEMS: [&str; 2] = ["primary", "partner"];

/// What every process keeps of the system's configuration.
const COMMON: [&str; 4] = ["process", "admin", "tls", "audit"];

/// The lab, in pieces. Nobody is logged on.
pub struct Apart {
    /// Where it is, and what it is called.
    pub lab: Lab,
    alone: Vec<Alone>,
}

/// One process.
struct Alone {
    system: &'static str,
    entity: &'static str,
    admin: SocketAddr,
    running: Option<Running>,
}

impl Apart {
    /// Starts everything but terminals.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn start() -> Self {
        let mut lab = Lab::served();
        let mut alone = Vec::new();
        let mut held = Vec::new();
        for system in SYSTEMS {
            for entity in ALONE {
                let admin = write(&lab, system, entity, &mut held);
                alone.push(Alone { system, entity, admin, running: None });
            }
            lab = lab.edit_servers(system, |_, text| tables(&text, |head| !ALONE.contains(&head)));
            lab.serve(system, "servers");
        }
        drop(held);
        let mut apart = Self { lab, alone };
        for system in SYSTEMS {
            ALONE.into_iter().for_each(|entity| apart.serve(system, entity));
        }
        apart.lab.started();
        apart
    }

    fn alone(&mut self, system: &str, entity: &str) -> &mut Alone {
        let mut all = self.alone.iter_mut();
        all.find(|each| each.system == system && each.entity == entity).expect("a process of its own")
    }

    /// Starts a process, and waits until it is ready.
    ///
    /// # Panics
    /// It does not come up.
    pub fn serve(&mut self, system: &'static str, entity: &'static str) {
        let file = self.lab.dir().join(system).join(entity).with_extension("toml");
        let alone = self.alone(system, entity);
        alone.running = Some(Running::start(tools::mcx().args(["serve", "--config"]).arg(file)));
        http::ready(alone.admin);
    }

    /// Ends a process as a crash does.
    ///
    /// # Panics
    /// It does not run.
    pub fn kill(&mut self, system: &str, entity: &str) {
        let mut running = self.alone(system, entity).running.take().expect("it runs");
        running.signal(Signal::SIGKILL);
        running.end();
    }

    /// How often an ACM server has counted this event since it was started.
    ///
    /// # Panics
    /// It does not answer.
    #[must_use]
    pub fn events(&self, system: &str, event: &str) -> u64 {
        let mut all = self.alone.iter();
        let alone = all.find(|each| each.system == system && each.entity == "acm").expect("there is one");
        let (_, text) = http::get(alone.admin, "/metrics").expect("the admin listener answers");
        let label = format!("event=\"{event}\"");
        let is_it = |line: &&str| line.starts_with("mcx_acm_events_total{") && line.contains(&label);
        let lines = text.lines().filter(is_it);
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// `mcx acm … --as USER --format json`.
    #[must_use]
    pub fn acm(&self, user: &str, words: &[&str]) -> Command {
        let mut command = tools::mcx();
        command.arg("acm").args(words).args(["--as", user, "--format", "json", "--endpoints"]);
        command.arg(self.lab.dir().join("endpoints.json"));
        command
    }

    /// `mcx audit verify` over the log of an ACM server that has ended.
    #[must_use]
    pub fn verify(&self, system: &str) -> Command {
        let mut command = tools::mcx();
        let store = self.lab.dir().join(system).join("acm.redb");
        command.args(["audit", "verify", "--store", &format!("redb:{}", store.display())]);
        command
    }
}

/// The configuration of one process, and where its operator asks.
fn write(lab: &Lab, system: &str, entity: &str, held: &mut Vec<TcpListener>) -> SocketAddr {
    let folder = lab.dir().join(system);
    let whole = fs::read_to_string(folder.join("servers.toml")).expect("the lab wrote it");
    let usual = lab.system(system).admin("servers");
    let listener = TcpListener::bind((usual.ip(), 0)).expect("a free port");
    let admin = listener.local_addr().expect("a bound socket");
    held.push(listener);
    let text = tables(&whole, |head| head == entity || COMMON.contains(&head));
    let text = text.replacen("store = \"servers.redb\"", &format!("store = \"{entity}.redb\""), 1);
    let text = text.replacen(&format!("\"{usual}\""), &format!("\"{admin}\""), 1);
    fs::write(folder.join(entity).with_extension("toml"), text).expect("the folder is ours");
    admin
}
