//! The lab's plan at addresses that exist in memory only: a host for each entity, so that any two can be parted.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
};

use mcx::lab::plan::{Addresses, Arranging, Part, Plan, SystemPlan, User, Visitor};

use crate::setup::Topology;

/// Domains of the two systems.
pub(crate) const DOMAINS: [&str; 2] = ["primary.example", "partner.example"];

/// The host of a second group management server, which a test plays.
pub(crate) const SECOND: u8 = 9;

/// The host of the identity management server.
pub(crate) const IDENTITY: u8 = 10;

/// A host inside a system.
pub(crate) fn inner(system: u8, host: u8) -> IpAddr {
    Ipv4Addr::new(10, 0, system + 1, host).into()
}

/// What partners see of a system (RFC 5737).
pub(crate) fn outer(system: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, system + 1).into()
}

/// Where partners reach a system.
pub(crate) fn border(system: u8) -> SocketAddr {
    SocketAddr::new(outer(system), 5061)
}

/// The same over HTTP.
pub(crate) fn border_http(system: u8) -> SocketAddr {
    SocketAddr::new(outer(system), 443)
}

pub(crate) fn plan(dir: &Path, topology: Topology) -> Plan {
    let own = vec![user("alice", Part::Asks), user("dave", Part::Moves)];
    let abroad = vec![user("bob", Part::Moves), user("carol", Part::Hides), user("erin", Part::Away)];
    let coming =
        vec![Visitor { user: "dave", name: "dave-abroad", password: "dave knows this too".to_owned() }];
    Plan {
        dir: dir.to_path_buf(),
        topology: topology.of_the_lab(),
        systems: [system(dir, 0, own, Vec::new()), system(dir, 1, abroad, coming)],
        key_log: false,
        still: false,
        provides: true,
        denied: None,
        arranging: Arranging::default(),
    }
}

fn user(name: &'static str, part: Part) -> User {
    User { name, password: format!("{name} knows"), part }
}

fn system(dir: &Path, system: u8, users: Vec<User>, visitors: Vec<Visitor>) -> SystemPlan {
    let at = |host, port| SocketAddr::new(inner(system, host), port);
    SystemPlan {
        folder: dir.join(["primary", "partner"][usize::from(system)]),
        domain: DOMAINS[usize::from(system)],
        at: Addresses {
            border: border(system),
            gateway_tls: at(1, 5061),
            gateway_plain: at(1, 5060),
            clients: at(2, 5060),
            clients_tls: at(2, 5061),
            core: at(2, 5062),
            locations: at(3, 5061),
            service: at(4, 5061),
            service_border: SocketAddr::new(outer(system), 5081),
            border_http: border_http(system),
            gateway_http: at(1, 443),
            groups_border: SocketAddr::new(outer(system), 5071),
            groups: at(7, 5061),
            groups_http: at(7, 8443),
            groups_clients: at(7, 443),
            configuration: at(8, 5061),
            configuration_http: at(8, 8443),
            configuration_clients: at(8, 443),
            identity: at(IDENTITY, 443),
            service_clients: at(4, 443),
            identity_servers: at(IDENTITY, 8443),
            service_http: at(4, 8443),
            acm: at(11, 5061),
            acm_border: SocketAddr::new(outer(system), 5091),
            aliases: at(12, 5061),
            admin: at(5, 9090),
            clients_admin: at(6, 9090),
        },
        users,
        visitors,
        hiding_secret: format!("what seals the names of system {system} in a test"),
    }
}
