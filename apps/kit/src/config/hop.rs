//! A peer that requests are sent to: `core = { name = …, address = …, … }`.

use std::{net::SocketAddr, sync::Arc};

use wire::{Hop, Opened, Streams, TlsPeer, Transport};

use super::{HostPort, Named, Table, TlsProfiles};

/// One static next hop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HopConfig {
    /// What ladders, logs and metrics call it.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// How it is reached.
    pub transport: Transport,
    /// The TLS profile that we show there; there exactly where the transport is TLS.
    pub tls: Option<String>,
    /// The domain that its certificate must prove (RFC 5922), exact; its name where nothing else is said.
    pub identity: String,
    /// Whether one TLS connection serves both ways (`reuse`, RFC 5923), and how many are opened (`connections`).
    pub streams: Streams,
}

impl Named for Opened {
    const NAMES: &'static [(&'static str, Self)] = &[("per-shard", Self::PerShard), ("one", Self::One)];
}

impl HopConfig {
    /// Reads the keys of a hop. The table may have keys of its owner's beside these.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let address = table.required("address");
        let transport = table.required("transport");
        let tls = profiles.reference(table, "tls");
        let identity = table.optional::<HostPort>("identity");
        if identity.as_ref().is_some_and(|identity| identity.port.is_some()) {
            table.error_at_value("identity", "\"identity\" must be a domain without a port");
        }
        let streams = streams(table);
        match transport? {
            Transport::Tls if !table.has("tls") => {
                table.error("a TLS hop needs the key \"tls\", the name of a profile in [tls.…]");
            }
            Transport::Udp | Transport::Tcp if table.has("tls") => {
                table.error_at("tls", "only a hop with transport = \"tls\" has a TLS profile");
            }
            Transport::Udp | Transport::Tcp if table.has("reuse") => {
                table.error_at(
                    "reuse",
                    "only a hop with transport = \"tls\" is reached by what its peer opened",
                );
            }
            _ => {}
        }
        let name = name?;
        let identity = identity.map_or_else(|| name.to_ascii_lowercase(), |identity| identity.host);
        Some(Self { name, address: address?, transport: transport?, tls, identity, streams })
    }

    /// The hop that a request is sent to. No anchor is bound; a partner's is set by whoever knows it.
    #[must_use]
    pub fn hop(&self) -> Hop {
        let tls = self.tls.as_deref().map(|profile| TlsPeer {
            profile: Arc::from(profile),
            domain: Arc::from(self.identity.as_str()),
            anchor: None,
        });
        Hop {
            name: Arc::from(self.name.as_str()),
            transport: self.transport,
            address: self.address,
            tls,
            connection: None,
            streams: self.streams,
        }
    }
}

fn streams(table: &Table<'_>) -> Streams {
    let usual = Streams::default();
    Streams { reuse: table.or("reuse", usual.reuse), opened: table.or("connections", usual.opened) }
}

#[cfg(test)]
mod tests;
