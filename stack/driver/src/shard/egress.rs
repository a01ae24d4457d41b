//! By which of our names and addresses a request leaves.
//! RFC 3261 clause 18.1.1

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use proxy::{Own, SentBy};
use wire::{Hop, Transport};

/// What a node calls itself, listener by listener.
#[derive(Clone, Debug)]
pub(super) struct Names {
    listeners: Vec<Named>,
    /// Where no listener fits.
    client: Arc<str>,
}

#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) transport: Transport,
    pub(super) local: SocketAddr,
    pub(super) tls: Option<Arc<str>>,
    pub(super) sent_by: Arc<str>,
    /// Its socket, for datagrams.
    pub(super) port: Option<usize>,
}

impl Names {
    pub(super) fn new(listeners: Vec<Named>, client: Arc<str>) -> Self {
        Self { listeners, client }
    }

    /// What goes into Via.
    pub(super) fn sent_by(&self, hop: &Hop, transport: Transport) -> Arc<str> {
        self.best(hop, transport).map_or_else(|| self.client.clone(), |named| named.sent_by.clone())
    }

    /// Whether the peer may send its requests to this sent-by of ours by the connection that we open, too (RFC 5923 clause
    /// 8.1). A node that listens nowhere is reached by its flow (RFC 5626).
    pub(super) fn is_alias(&self, hop: &Hop, transport: Transport, sent_by: &Arc<str>) -> bool {
        hop.streams.reuse && transport == Transport::Tls && !Arc::ptr_eq(sent_by, &self.client)
    }

    /// The address of ours that the peer is to see.
    pub(super) fn source(&self, hop: &Hop, transport: Transport) -> Option<IpAddr> {
        self.best(hop, transport).map(|named| named.local.ip())
    }

    /// The socket by which datagrams for a hop leave.
    pub(super) fn port(&self, hop: &Hop) -> Option<usize> {
        self.best(hop, Transport::Udp).and_then(|named| named.port)
    }

    /// Every name, for recognising our own Vias and Routes.
    pub(super) fn own(&self) -> Own {
        let sent_bys = self.listeners.iter().map(|named| &*named.sent_by).chain([&*self.client]);
        Own::new(sent_bys.map(parse).collect())
    }

    /// The listener that fits best: of the hop's trust profile, of its transport, near its address. A name of one side
    /// of a border never goes out on the other, as long as the sides differ in profile or transport.
    fn best(&self, hop: &Hop, transport: Transport) -> Option<&Named> {
        let profile = hop.tls.as_ref().map(|peer| &peer.profile);
        let to = hop.address.ip();
        let fit = |named: &&Named| {
            (
                named.tls.as_ref() == profile,
                named.transport == transport,
                named.local.ip() == to,
                named.local.ip().is_loopback() == to.is_loopback(),
            )
        };
        let family = self.listeners.iter().filter(|named| named.local.is_ipv4() == to.is_ipv4());
        let usable = family.filter(|named| match transport {
            Transport::Udp => named.port.is_some(),
            Transport::Tcp => named.tls.is_none(),
            Transport::Tls => named.tls.as_ref() == profile,
        });
        // Of several that fit alike, the first in the configuration.
        usable.rev().max_by_key(fit)
    }
}

/// `host` or `host:port`.
fn parse(sent_by: &str) -> SentBy {
    if let Ok(address) = sent_by.parse::<SocketAddr>() {
        return SentBy { host: address.ip().to_string(), port: Some(address.port()) };
    }
    let (host, port) = match sent_by.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') && port.parse::<u16>().is_ok() => {
            (host, port.parse().ok())
        }
        _ => (sent_by, None),
    };
    SentBy { host: host.trim_start_matches('[').trim_end_matches(']').to_owned(), port }
}

#[cfg(test)]
mod tests;
