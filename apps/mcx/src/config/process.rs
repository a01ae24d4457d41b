//! `[process]` and `[admin]`: what holds for the process as a whole.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use driver::Shards;
use kit::config::Table;

/// What holds for the process as a whole.
#[derive(Clone, Debug)]
pub struct Process {
    /// On how many threads each node runs.
    pub shards: Shards,
    /// The file of the store; in memory where there is none.
    pub store: Option<PathBuf>,
    /// Requests that carry more octets than this never leave over UDP (RFC 3261 18.1.1: 1300). Raised only where no path in
    /// between fragments, as on loopback.
    pub udp_mtu: usize,
    /// How long transactions may take to finish once the process is told to stop.
    pub drain: Duration,
    /// Where TLS session keys are appended for a packet analyser. For a lab only.
    pub key_log: Option<PathBuf>,
    /// Makes identifiers repeat from run to run. For a lab only.
    pub seed: Option<u64>,
    /// Where operators ask: `/metrics`, `/livez`, `/readyz`.
    pub admin: Option<SocketAddr>,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            shards: Shards::Threads(1),
            store: None,
            udp_mtu: 1300,
            drain: Duration::from_secs(10),
            key_log: None,
            seed: None,
            admin: None,
        }
    }
}

impl Process {
    /// Reads both tables from the root.
    pub(super) fn read(root: &Table<'_>) -> Self {
        let admin = root.table("admin", |admin| admin.required("listen"));
        let read = root.table("process", |table| {
            Some(Self {
                shards: Shards::Threads(table.within("shards", 1..=256, 1)),
                store: table.optional("store"),
                udp_mtu: usize::from(table.within("udp-mtu", 1300..=u16::MAX, 1300)),
                drain: table.or("drain", Duration::from_secs(10)),
                key_log: table.optional("key-log"),
                seed: table.optional("seed"),
                admin: None,
            })
        });
        Self { admin, ..read.unwrap_or_default() }
    }
}
