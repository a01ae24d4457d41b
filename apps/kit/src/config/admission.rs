//! Whom a listener lets in: `connections`, `handshakes` and their like in `[[ENTITY.listen]]`.

use std::time::Duration;

use wire::Transport;

use super::Table;

/// More than any machine bears.
const MOST: usize = 1_000_000;

/// How many connections a stream listener bears, over all shards of its node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Admission {
    /// Connections (`connections`). Where there are as many, the one that has been idle the longest without having proved
    /// anything makes room for the next.
    pub connections: usize,
    /// Connections of one address, or of one IPv6 /64 (`connections-per-address`).
    pub per_address: usize,
    /// TLS handshakes in progress, of which one address may have an eighth (`handshakes`).
    pub handshakes: usize,
    /// How long one may take (`handshake-within`).
    pub handshake: Duration,
    /// How long a new connection may take to bring its first whole message or sign of life (`first-message-within`).
    pub first_message: Duration,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            connections: 10_000,
            per_address: 1_000,
            handshakes: 256,
            handshake: Duration::from_secs(5),
            first_message: Duration::from_secs(10),
        }
    }
}

impl Admission {
    pub(super) fn read(table: &Table<'_>, transport: Option<Transport>) -> Self {
        let usual = Self::default();
        let read = Self {
            connections: table.within("connections", 1..=MOST, usual.connections),
            per_address: table.within("connections-per-address", 1..=MOST, usual.per_address),
            handshakes: table.within("handshakes", 1..=MOST, usual.handshakes),
            handshake: positive(table, "handshake-within", usual.handshake),
            first_message: positive(table, "first-message-within", usual.first_message),
        };
        if transport == Some(Transport::Udp) {
            for key in ["connections", "connections-per-address", "first-message-within"] {
                if table.has(key) {
                    table.error_at(key, "a UDP listener has no connections");
                }
            }
        }
        if transport.is_some_and(|transport| transport != Transport::Tls) {
            for key in ["handshakes", "handshake-within"] {
                if table.has(key) {
                    table.error_at(key, "only a listener with transport = \"tls\" has handshakes");
                }
            }
        }
        read
    }
}

fn positive(table: &Table<'_>, key: &'static str, usual: Duration) -> Duration {
    let read = table.or(key, usual);
    if read.is_zero() {
        table.error_at_value(key, format!("\"{key}\" must be longer than nothing"));
    }
    read
}

#[cfg(test)]
mod tests;
