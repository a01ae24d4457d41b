//! Connections that peers opened and are reached by too.
//! RFC 5923

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use parking_lot::RwLock;
use sip::{Message, Via};
use wire::{Arrival, Certificate, ConnectionId, Hop, TlsPeer, Transport};

use super::{core::Core, link::Link};
use crate::tls::is_vouched_for;

/// The port of a sent-by without one, over TLS (RFC 3261 18.1.1, 19.1.2).
const DEFAULT_PORT: u16 = 5061;

/// Connections that are noted for one address of those that one holder of a certificate has opened. Whoever opens more is
/// reached by these.
const OF_HOLDER: usize = 16;

/// Of those that the holders of one authority's certificates have opened: whoever claims the address of another makes the search
/// for that one no longer than this.
const OF_AUTHORITY: usize = 64;

/// What is said in a Via (RFC 5923 clause 7).
pub(super) const ALIAS: &[u8] = b";alias";

/// The alias table of a node: by the address that the peer listens at, with what the peer has proved.
#[derive(Default)]
pub(super) struct Aliases(RwLock<HashMap<SocketAddr, Vec<Alias>, ahash::RandomState>>);

struct Alias {
    connection: ConnectionId,
    profile: Arc<str>,
    certificate: Arc<Certificate>,
}

impl Alias {
    fn is_of_authority(&self, other: &Self) -> bool {
        self.profile == other.profile && self.certificate.anchor == other.certificate.anchor
    }

    fn is_of_holder(&self, other: &Self) -> bool {
        self.is_of_authority(other) && self.certificate.identities == other.certificate.identities
    }

    fn leads_to(&self, peer: &TlsPeer) -> bool {
        self.profile == peer.profile
            && is_vouched_for(&self.certificate, peer)
            && self.certificate.proves(&peer.domain)
    }
}

impl Aliases {
    /// Notes it, and says whether it did: there may be enough.
    fn add(&self, address: SocketAddr, alias: Alias) -> bool {
        let mut table = self.0.write();
        let aliases = table.entry(address).or_default();
        let count = |is: fn(&Alias, &Alias) -> bool| aliases.iter().filter(|other| is(&alias, other)).count();
        let is_new = count(Alias::is_of_holder) < OF_HOLDER && count(Alias::is_of_authority) < OF_AUTHORITY;
        if is_new {
            aliases.push(alias);
        }
        is_new
    }

    pub(super) fn remove(&self, address: SocketAddr, connection: ConnectionId) {
        let mut table = self.0.write();
        let Some(aliases) = table.get_mut(&address) else { return };
        aliases.retain(|alias| alias.connection != connection);
        if aliases.is_empty() {
            table.remove(&address);
        }
    }

    /// A connection by which the hop is reached: shown under the hop's own trust profile, by a certificate that proves whom
    /// the hop asks for, vouched for by whom it asks for. One of this shard where there is one.
    fn find(&self, hop: &Hop, shard: u16) -> Option<ConnectionId> {
        let is_reused = hop.streams.reuse && hop.transport == Transport::Tls;
        let peer = hop.tls.as_ref().filter(|_| is_reused)?;
        let table = self.0.read();
        let proved = table.get(&hop.address)?.iter().filter(|alias| alias.leads_to(peer));
        proved.map(|alias| alias.connection).max_by_key(|connection| connection.shard == shard)
    }
}

impl Core {
    /// The first request by a connection says whether its sender is reached by it too. Only a certificate makes that so:
    /// without one anybody could have what is meant for somebody else sent to them (RFC 5923 clauses 5 and 9).
    pub(super) fn note_alias(&self, link: &Link, request: &Message, arrival: &Arrival) {
        let (Some(connection), Some(certificate), Some(profile)) =
            (arrival.connection, &arrival.certificate, link.profile())
        else {
            return;
        };
        let Some(Ok(via)) = request.typed::<Via<'_>>().transpose() else { return };
        if link.key.is_some() || !via.params.has("alias") {
            return;
        }
        let address = reached_at(&via, arrival.remote.ip());
        let alias = Alias { connection, profile, certificate: certificate.clone() };
        if self.common.aliases.add(address, alias) {
            link.alias.set(Some(address));
        }
    }

    /// The connection of any shard by which the peer wants to be reached; one of this shard if there is one.
    pub(super) fn alias(&self, hop: &Hop) -> Option<ConnectionId> {
        self.common.aliases.find(hop, self.index)
    }
}

/// Where the peer listens. A name stands for the host that the connection comes from.
fn reached_at(via: &Via<'_>, from: IpAddr) -> SocketAddr {
    let literal = std::str::from_utf8(via.host()).ok().and_then(|host| host.parse::<IpAddr>().ok());
    let host = literal.filter(|address| !address.is_unspecified()).unwrap_or(from);
    SocketAddr::new(host, via.port.unwrap_or(DEFAULT_PORT))
}

#[cfg(test)]
mod tests;
