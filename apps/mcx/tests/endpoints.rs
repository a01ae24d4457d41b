//! `endpoints.json` beside what is bound: the kernel knows which process listens where.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test")]

mod support;

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use mcx::endpoints::{Endpoints, SystemEndpoints};
use support::Up;

/// `udp` or `tcp`, and where.
type Bound = (&'static str, SocketAddr);

/// What the processes of a system listen at.
fn bound(system: &SystemEndpoints) -> BTreeSet<Bound> {
    let sockets: HashSet<String> = system.processes.iter().flat_map(|process| sockets(process.pid)).collect();
    let tables = [("tcp", "tcp", "0A"), ("tcp", "tcp6", "0A"), ("udp", "udp", "07"), ("udp", "udp6", "07")];
    let rows = tables.into_iter().flat_map(|(kind, table, state)| {
        let text = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        let rows: Vec<_> = text.lines().skip(1).filter_map(|row| listening(row, state)).collect();
        rows.into_iter().map(move |(socket, address)| (kind, socket, address))
    });
    rows.filter(|(_, socket, _)| sockets.contains(socket)).map(|(kind, _, at)| (kind, at)).collect()
}

/// The inodes of a process's sockets.
fn sockets(pid: u32) -> Vec<String> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).expect("a process of ours").flatten();
    let targets = files.filter_map(|file| fs::read_link(file.path()).ok());
    let socket = |target: std::path::PathBuf| {
        Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
    };
    targets.filter_map(socket).collect()
}

/// Inode and local address of a socket in this state (proc(5)).
fn listening(row: &str, state: &str) -> Option<(String, SocketAddr)> {
    let fields: Vec<&str> = row.split_whitespace().collect();
    let (address, port) = fields.get(1)?.rsplit_once(':')?;
    let words = (0..address.len() / 8).map(|word| u32::from_str_radix(&address[word * 8..][..8], 16));
    let octets: Vec<u8> =
        words.collect::<Result<Vec<_>, _>>().ok()?.into_iter().flat_map(u32::to_ne_bytes).collect();
    let ip = match <[u8; 4]>::try_from(&octets[..]) {
        Ok(short) => IpAddr::V4(Ipv4Addr::from(short)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(&octets[..]).ok()?)),
    };
    let is_it = *fields.get(3)? == state;
    is_it.then_some(((*fields.get(9)?).to_owned(), SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?)))
}

/// What the file says.
fn listed(system: &SystemEndpoints) -> BTreeSet<Bound> {
    let at = |address: &str| address.parse().expect("an address");
    let listeners = system
        .listeners
        .iter()
        .map(|each| (if each.protocol == "udp" { "udp" } else { "tcp" }, at(&each.address)));
    listeners.chain(system.processes.iter().map(|each| ("tcp", at(&each.admin)))).collect()
}

#[test]
fn every_listener_of_every_process_is_in_endpoints_json_and_nothing_else() {
    for topology in ["on", "direct"] {
        let folder = tempfile::tempdir().expect("a folder");
        let _up = Up::start_as(folder.path(), topology);
        let endpoints = Endpoints::open(&folder.path().join("endpoints.json")).expect("was written");
        for system in &endpoints.systems {
            let (bound, listed) = (bound(system), listed(system));
            assert!(listed.len() > 10, "{listed:?}");
            assert_eq!(bound, listed, "{topology}, {}", system.domain);
            let mut entities: BTreeSet<&str> = ENTITIES.into_iter().collect();
            if topology == "direct" {
                entities.remove("gateway");
            }
            let told: BTreeSet<&str> = system.listeners.iter().map(|each| each.entity.as_str()).collect();
            assert_eq!(told, entities, "{topology}");
        }
        let protocols: BTreeSet<&str> =
            endpoints.systems[0].listeners.iter().map(|each| each.protocol.as_str()).collect();
        assert_eq!(protocols, ["https", "tcp", "tls", "udp"].into(), "{topology}");
    }
}

/// As the documentation of `Listener::entity` has them.
const ENTITIES: [&str; 9] =
    ["gateway", "sip-core", "locations", "service", "groups", "configuration", "identity", "acm", "aliases"];
