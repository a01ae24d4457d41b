//! `[process]` and `[admin]`: what holds for the process as a whole.

mod cache;
mod kept;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use driver::Shards;
use kit::config::{Named, Size, Table};

pub(crate) use cache::Cache;
pub use kept::{Database, Kept};

/// How the entities of one process share its threads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Threads {
    /// Each node's shards have threads of their own, and procedures run on a pool beside them: for a load that wants more than
    /// one core.
    Own,
    /// Everything runs on one thread: a request that goes from entity to entity wakes nobody, and a small system takes one core.
    Shared,
}

impl Named for Threads {
    const NAMES: &'static [(&'static str, Self)] = &[("own", Self::Own), ("shared", Self::Shared)];
}

/// What holds for the process as a whole.
#[derive(Clone, Debug)]
pub struct Process {
    /// On how many threads each node runs; [`Shards::Local`] where all share one.
    pub shards: Shards,
    /// Whether this is a lab, whose secrets protect nobody: only then may a file ask for `key_log` and `seed`.
    pub lab: bool,
    /// Where the store is kept; in memory where nothing is said.
    pub store: Option<Kept>,
    /// How much memory a store in a file may take for its pages, where the file says so.
    pub store_cache: Option<Size>,
    /// Requests that carry more octets than this never leave over UDP (RFC 3261 18.1.1: 1300). Raised only where no path in
    /// between fragments, as on loopback.
    pub udp_mtu: usize,
    /// How long transactions may take to finish once the process is told to stop.
    pub drain: Duration,
    /// Where TLS session keys are appended for a packet analyser. For a lab only.
    pub key_log: Option<PathBuf>,
    /// Makes identifiers repeat from run to run. For a lab only.
    pub seed: Option<u64>,
    /// Where operators ask: `/metrics`, `/livez`, `/readyz`. A file always has one; none only where a configuration is made by
    /// hand.
    pub admin: Option<SocketAddr>,
}

/// Where operators ask when nothing is said: on this host only, at a port that the system chooses and the log tells. A fixed one
/// would stand in the way of a second process on the host.
const ADMIN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

impl Default for Process {
    fn default() -> Self {
        Self {
            shards: Shards::Threads(1),
            lab: false,
            store: None,
            store_cache: None,
            udp_mtu: 1300,
            drain: Duration::from_secs(10),
            key_log: None,
            seed: None,
            admin: None,
        }
    }
}

impl Process {
    /// How entities share threads.
    #[must_use]
    pub fn threads(&self) -> Threads {
        if self.shards == Shards::Local { Threads::Shared } else { Threads::Own }
    }

    /// Reads both tables from the root.
    pub(super) fn read(root: &Table<'_>) -> Self {
        let admin = root.table("admin", |admin| Some(admin.or("listen", ADMIN)));
        let read = root.table("process", |table| {
            let lab = table.or("lab", false);
            let is_lab = lab || table.has("lab") && table.optional::<bool>("lab").is_none();
            for key in ["key-log", "seed"].into_iter().filter(|key| !is_lab && table.has(key)) {
                table.error_at(key, format!("\"{key}\" gives secrets away; it needs \"lab = true\""));
            }
            let store = Kept::read(table);
            Some(Self {
                lab,
                shards: shards(table),
                store_cache: cache::read(table, store.as_ref()),
                store,
                udp_mtu: usize::from(table.within("udp-mtu", 1300..=u16::MAX, 1300)),
                drain: table.or("drain", Duration::from_secs(10)),
                key_log: table.optional("key-log"),
                seed: table.optional("seed"),
                admin: None,
            })
        });
        Self { admin: admin.or(Some(ADMIN)), ..read.unwrap_or_default() }
    }
}

fn shards(table: &Table<'_>) -> Shards {
    let count = table.within("shards", 1..=256, 1);
    match table.or("threads", Threads::Own) {
        Threads::Own => Shards::Threads(count),
        Threads::Shared => {
            if table.has("shards") {
                table.error_at(
                    "shards",
                    "entities that share one thread have one shard each: leave \"shards\" out",
                );
            }
            Shards::Local
        }
    }
}

#[cfg(test)]
mod tests;
