//! One MC service server that is two processes on one database: system `partner` of the lab, where users come to, taken apart.
//!
//! Its gateway, SIP core and the rest are in a process that keeps its own file. The SIP core knows replica `one`, and the gateway
//! knows replica `two`: what a client asks and what its primary system answers never reach the same process. System `primary` is as
//! the lab has it.

use std::{fs, net::SocketAddr, path::PathBuf};

use nix::sys::signal::Signal;

use crate::{
    Lab, Running, http,
    replicas::{BOTH, free, replace, tables},
    tools,
};

/// The lab, and where its replicas are.
pub struct ServiceReplicas {
    /// System `primary` and the rest of `partner`.
    pub lab: Lab,
    replicas: Vec<Replica>,
}

/// One process.
struct Replica {
    name: &'static str,
    file: PathBuf,
    admin: SocketAddr,
    running: Option<Running>,
}

impl ServiceReplicas {
    /// Starts everything. `store` is the URL of a database with our tables.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn start(store: &str) -> Self {
        let mut lab = Lab::served();
        let folder = lab.dir().join("partner");
        let whole = fs::read_to_string(folder.join("servers.toml")).expect("the lab wrote it");
        let mut two = None;
        let replicas = BOTH.map(|name| {
            let (replica, at) =
                Replica::new((name, folder.join(format!("{name}.toml"))), &lab, &whole, store);
            two = Some(at);
            replica
        });
        lab = lab.edit_servers("partner", |system, text| {
            let mut rest = tables(&text, |head| head != "service");
            let (one, two) = (system.listener("service", "inner"), two.expect("two replicas"));
            let (before, behind) =
                rest.split_once("[[gateway.service]]").expect("the gateway knows the servers");
            let mut behind = behind.to_owned();
            replace(&mut behind, &format!("\"{one}\""), &format!("\"{two}\""));
            rest = format!("{before}[[gateway.service]]{behind}");
            rest
        });
        for system in ["primary", "partner"] {
            lab.serve(system, "servers");
        }
        let mut all = Self { lab, replicas: replicas.into() };
        BOTH.into_iter().for_each(|name| all.serve(name));
        for system in ["primary", "partner"] {
            all.lab.serve(system, "clients");
        }
        all.lab.started();
        all
    }

    /// Starts a replica, and waits until it is ready.
    ///
    /// # Panics
    /// It does not come up.
    pub fn serve(&mut self, name: &str) {
        let replica = self.replicas.iter_mut().find(|replica| replica.name == name).expect("one or two");
        replica.running = Some(Running::start(tools::mcx().args(["serve", "--config"]).arg(&replica.file)));
        http::ready(replica.admin);
    }

    /// Ends a replica as a crash does.
    ///
    /// # Panics
    /// It does not run.
    pub fn kill(&mut self, name: &str) {
        let replica = self.replicas.iter_mut().find(|replica| replica.name == name).expect("one or two");
        let mut running = replica.running.take().expect("it runs");
        running.signal(Signal::SIGKILL);
        running.end();
    }

    /// Its admin listener.
    ///
    /// # Panics
    /// There is no such replica.
    #[must_use]
    pub fn admin(&self, name: &str) -> SocketAddr {
        self.replicas.iter().find(|replica| replica.name == name).expect("one or two").admin
    }
}

impl Replica {
    /// The replica, and where servers reach it.
    fn new((name, file): (&'static str, PathBuf), lab: &Lab, whole: &str, store: &str) -> (Self, SocketAddr) {
        let system = lab.system("partner");
        let mut text = tables(whole, |head| ["service", "process", "admin", "tls"].contains(&head));
        let mut held = Vec::new();
        let mut moved = |text: &mut String, from: SocketAddr| {
            let to = free(from.ip(), &mut held);
            replace(text, &format!("\"{from}\""), &format!("\"{to}\""));
            to
        };
        let mut at = system.listener("service", "inner");
        if name != "one" {
            at = moved(&mut text, at);
            for listener in ["servers", "clients"] {
                moved(&mut text, system.listener("service", listener));
            }
        }
        let admin = moved(&mut text, system.admin("servers"));
        replace(&mut text, "store = \"servers.redb\"", &format!("store = \"{store}\""));
        fs::write(&file, text).expect("the folder is ours");
        (Self { name, file, admin, running: None }, at)
    }
}
