//! One MC system whose servers of documents are two processes on one database.
//!
//! System `primary` of the lab, taken apart: its gateway, SIP core and the rest in a process that keeps its own file, its group
//! management and configuration management servers in two more that share the database. Both of these are the same servers, at
//! listeners of their own. System `partner` is as the lab has it.

use std::net::SocketAddr;

use crate::{
    Lab, http,
    pieces::{Cut, Pieces, tables},
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
    /// Both.
    pub pieces: Pieces,
    places: [Place; 2],
    /// To where the test plays an MC service server.
    _server: Tunnel,
}

/// Where a replica is found.
#[derive(Clone, Copy)]
struct Place {
    /// By clients, its groups: plain, since who they are their tokens say.
    web: SocketAddr,
    /// The same of its profiles.
    profiles: SocketAddr,
    /// By servers that subscribe, over TLS.
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
        let primary = lab.system("primary");
        let tunnel = stunnel::before(server.ip(), server, primary.authority(), primary.certificate("tester"));
        let [(one, here), (two, there)] = BOTH.map(|name| cut(&lab, name, (store, tunnel.address)));
        let pieces = Pieces::of([one, two]);
        lab = lab.edit_servers("primary", |_, text| tables(&text, |head| !DOCUMENTS.contains(&head)));
        for system in ["primary", "partner"] {
            lab.serve(system, "servers");
        }
        let mut all = Self { lab, pieces, places: [here, there], _server: tunnel };
        BOTH.into_iter().for_each(|name| all.pieces.serve(name));
        all.lab.started();
        all
    }

    fn place(&self, name: &str) -> Place {
        self.places[usize::from(name != BOTH[0])]
    }

    /// Where its clients find groups.
    #[must_use]
    pub fn web(&self, name: &str) -> SocketAddr {
        self.place(name).web
    }

    /// Where its clients find profiles.
    #[must_use]
    pub fn profiles(&self, name: &str) -> SocketAddr {
        self.place(name).profiles
    }

    /// Where servers subscribe to groups.
    #[must_use]
    pub fn sip(&self, name: &str) -> SocketAddr {
        self.place(name).sip
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
        let count = |admin| {
            let (_, text) = http::get(admin, "/metrics")?;
            let lines = text
                .lines()
                .filter(|line| line.starts_with("mcx_group_deliveries_total") && line.contains(&label));
            Some(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>())
        };
        self.pieces.running().filter_map(count).sum()
    }
}

/// A replica's configuration, and where it is found then.
fn cut<'l>(lab: &'l Lab, name: &str, (store, server): (&str, SocketAddr)) -> (Cut<'l>, Place) {
    let system = lab.system("primary");
    let mut cut = Cut::of(lab, "primary", name, &DOCUMENTS);
    // Replica `one` is where the lab has the servers, so that the gateway finds them there.
    let mut place = |entity: &str, listener: &str| {
        if name == BOTH[0] { system.listener(entity, listener) } else { cut.moved(entity, listener) }
    };
    let place = {
        let sip = place("groups", "inner");
        let web = place("groups", "clients");
        let profiles = place("configuration", "clients");
        let _ =
            (place("groups", "servers"), place("configuration", "inner"), place("configuration", "servers"));
        Place { web, profiles, sip }
    };
    cut.store(store);
    for profile in ["xcap", "cms"] {
        let tls = format!("transport = \"tls\"\ntls = \"{profile}\"\nclient-certificate = \"none\"");
        cut.replace(&tls, "transport = \"tcp\"");
    }
    for entity in DOCUMENTS {
        let head = format!("\n[{entity}]\n");
        cut.replace(&head, &format!("{head}replica = \"{name}\"\n"));
    }
    // What a killed process has begun is taken up within seconds.
    cut.replace("\n[groups]\n", "\n[groups]\npartner-deadline = \"2s\"\n");
    let domain = system.domain();
    cut.append(&format!(
        "\n[[groups.service]]\npsi = \"sip:tester_psi@{domain}\"\nname = \"tester.core.{domain}\"\n\
         address = \"{server}\"\ntransport = \"tls\"\ntls = \"groups\"\n"
    ));
    (cut, place)
}
