//! One MC system whose servers of documents are two processes on one database.
//!
//! System `primary` of the lab, taken apart: its gateway, SIP core and the rest in a process that keeps its own file, its group
//! management and configuration management servers in two more that share the database. Both of these are the same servers, at
//! listeners of their own. System `partner` is as the lab has it.

use std::{
    fs,
    net::{IpAddr, SocketAddr, TcpListener},
    path::PathBuf,
};

use nix::sys::signal::Signal;

use crate::{
    Lab, Running, http,
    stunnel::{self, Tunnel},
    tools,
};

/// The two processes, by the names that they have as replicas.
pub const BOTH: [&str; 2] = ["one", "two"];

/// What a replica's configuration keeps of the system's: the rest is the other process's.
const DOCUMENTS: [&str; 2] = ["groups", "configuration"];

/// The lab, and where its replicas are.
pub struct Replicas {
    /// System `partner` and the rest of `primary`.
    pub lab: Lab,
    replicas: Vec<Replica>,
    /// To where the test plays an MC service server.
    _server: Tunnel,
}

/// One process.
struct Replica {
    name: &'static str,
    file: PathBuf,
    admin: SocketAddr,
    running: Option<Running>,
    /// Where clients find its groups: plain, since who they are their tokens say.
    web: SocketAddr,
    /// The same of its profiles.
    profiles: SocketAddr,
    /// Where servers subscribe, over TLS.
    sip: SocketAddr,
}

impl Replicas {
    /// Starts everything. `store` is the URL of a database with our tables; `server` is where the test plays an own MC service
    /// server over TCP; TLS with the lab's certificate `tester` is before it.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn start(store: &str, server: SocketAddr) -> Self {
        let mut lab = Lab::served();
        let folder = lab.dir().join("primary");
        let whole = fs::read_to_string(folder.join("servers.toml")).expect("the lab wrote it");
        let primary = lab.system("primary");
        let tunnel = stunnel::before(server.ip(), server, primary.authority(), primary.certificate("tester"));
        let server = tunnel.address;
        let replicas = BOTH.map(|name| {
            Replica::new(name, &folder.join(format!("{name}.toml")), &lab, (&whole, store, server))
        });
        lab = lab.edit_servers("primary", |_, text| tables(&text, |head| !DOCUMENTS.contains(&head)));
        for system in ["primary", "partner"] {
            lab.serve(system, "servers");
        }
        let mut all = Self { lab, replicas: replicas.into(), _server: tunnel };
        BOTH.into_iter().for_each(|name| all.serve(name));
        all.lab.started();
        all
    }

    fn replica(&self, name: &str) -> &Replica {
        self.replicas.iter().find(|replica| replica.name == name).expect("one or two")
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
    #[must_use]
    pub fn admin(&self, name: &str) -> SocketAddr {
        self.replica(name).admin
    }

    /// Where its clients find groups.
    #[must_use]
    pub fn web(&self, name: &str) -> SocketAddr {
        self.replica(name).web
    }

    /// Where its clients find profiles.
    #[must_use]
    pub fn profiles(&self, name: &str) -> SocketAddr {
        self.replica(name).profiles
    }

    /// Where servers subscribe to groups.
    #[must_use]
    pub fn sip(&self, name: &str) -> SocketAddr {
        self.replica(name).sip
    }

    /// An access token of the administrator.
    ///
    /// # Panics
    /// The lab signs none.
    #[must_use]
    pub fn token(&self) -> String {
        let mut token = tools::mcx();
        let administrator = self.lab.system("primary").administrator();
        token.args(["lab", "token", "--as", administrator, "--dir"]).arg(self.lab.dir());
        String::from_utf8_lossy(&tools::succeed(&mut token).stdout).trim().to_owned()
    }

    /// How often the replicas that run have told the partner of a group, with this outcome.
    #[must_use]
    pub fn deliveries(&self, outcome: &str) -> u64 {
        let label = format!("outcome=\"{outcome}\"");
        let count = |replica: &Replica| {
            let (_, text) = http::get(replica.admin, "/metrics")?;
            let lines = text
                .lines()
                .filter(|line| line.starts_with("mcx_group_deliveries_total") && line.contains(&label));
            Some(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>())
        };
        self.replicas.iter().filter(|replica| replica.running.is_some()).filter_map(count).sum()
    }
}

impl Replica {
    fn new(
        name: &'static str,
        file: &std::path::Path,
        lab: &Lab,
        (whole, store, server): (&str, &str, SocketAddr),
    ) -> Self {
        let system = lab.system("primary");
        let host = system.admin("servers").ip();
        let mut text =
            tables(whole, |head| DOCUMENTS.contains(&head) || ["process", "admin", "tls"].contains(&head));
        let mut held = Vec::new();
        let mut moved = |text: &mut String, from: SocketAddr| {
            let to = free(host, &mut held);
            replace(text, &format!("\"{from}\""), &format!("\"{to}\""));
            to
        };
        // Replica `one` is where the lab has the servers, so that the gateway finds them there.
        let mut place = |text: &mut String, entity: &str, listener: &str| {
            let at = system.listener(entity, listener);
            if name == "one" { at } else { moved(text, at) }
        };
        let sip = place(&mut text, "groups", "inner");
        let web = place(&mut text, "groups", "clients");
        let profiles = place(&mut text, "configuration", "clients");
        let _ = (place(&mut text, "groups", "servers"), place(&mut text, "configuration", "inner"));
        let _ = place(&mut text, "configuration", "servers");
        let admin = moved(&mut text, system.admin("servers"));
        replace(&mut text, "store = \"servers.redb\"", &format!("store = \"{store}\""));
        for profile in ["xcap", "cms"] {
            let tls = format!("transport = \"tls\"\ntls = \"{profile}\"\nclient-certificate = \"none\"");
            replace(&mut text, &tls, "transport = \"tcp\"");
        }
        for entity in DOCUMENTS {
            let head = format!("\n[{entity}]\n");
            replace(&mut text, &head, &format!("{head}replica = \"{name}\"\n"));
        }
        // What a killed process has begun is taken up within seconds.
        replace(&mut text, "\n[groups]\n", "\n[groups]\npartner-deadline = \"2s\"\n");
        let domain = system.domain();
        text += &format!(
            "\n[[groups.service]]\npsi = \"sip:tester_psi@{domain}\"\nname = \"tester.core.{domain}\"\n\
             address = \"{server}\"\ntransport = \"tls\"\ntls = \"groups\"\n"
        );
        fs::write(file, text).expect("the folder is ours");
        Self { name, file: file.to_owned(), admin, running: None, web, profiles, sip }
    }
}

pub(crate) fn replace(text: &mut String, from: &str, to: &str) {
    assert!(text.contains(from), "{from} is not in\n{text}");
    *text = text.replacen(from, to, 1);
}

/// The tables of a file whose first word is wanted; between tables the lab leaves a line empty.
pub(crate) fn tables(text: &str, wanted: impl Fn(&str) -> bool) -> String {
    let head = |table: &&str| {
        let line = table.lines().find(|line| line.starts_with('['));
        let word = line.map(|line| line.trim_start_matches('[').split(['.', ']']).next().unwrap_or_default());
        word.is_none_or(&wanted)
    };
    text.split("\n\n").filter(head).collect::<Vec<_>>().join("\n\n")
}

/// An address that nobody uses, and none of these.
pub(crate) fn free(host: IpAddr, held: &mut Vec<TcpListener>) -> SocketAddr {
    let listener = TcpListener::bind((host, 0)).expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    held.push(listener);
    address
}
