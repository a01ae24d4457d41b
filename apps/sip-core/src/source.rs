//! From where credentials come, as far as somebody vouches for it.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use kit::lock_out::network;
use sip::{Message, Via};
use wire::{Arrival, ConnectionId};

use crate::config::Edge;

/// Where a REGISTER came from.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Source {
    /// An IPv4 address, or the /64 of an IPv6 address: one end has a whole one.
    Network(IpAddr),
    /// Somewhere behind this edge proxy, which does not say where.
    Edge(Arc<str>),
    /// The flow by which the user is registered: the stream, or the address and port of datagrams.
    Flow(SocketAddr, Option<ConnectionId>),
}

impl Source {
    /// The network that the other end is in. An edge proxy says whom it heard in the Via below its own (RFC 3261 18.2.1), as it
    /// says who somebody is (RFC 3325 5).
    pub(crate) fn of(request: &Message, arrival: &Arrival, edge: Option<&Edge>) -> Self {
        match edge {
            None => Self::Network(network(arrival.remote.ip())),
            Some(edge) => heard(request).map_or_else(
                || Self::Edge(Arc::clone(&edge.hop.name)),
                |address| Self::Network(network(address)),
            ),
        }
    }

    /// The flow itself.
    pub(crate) fn flow(arrival: &Arrival) -> Self {
        Self::Flow(arrival.remote, arrival.connection)
    }

    /// The network, where others come from it too.
    pub(crate) fn network(&self) -> Option<IpAddr> {
        match self {
            Self::Network(address) => Some(*address),
            Self::Edge(_) | Self::Flow(..) => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => address.fmt(f),
            Self::Edge(name) => f.write_str(name),
            Self::Flow(address, _) => address.fmt(f),
        }
    }
}

fn heard(request: &Message) -> Option<IpAddr> {
    let via = request.all::<Via<'_>>().nth(1)?.ok()?;
    let address = std::str::from_utf8(via.received().unwrap_or_else(|| via.host())).ok()?;
    address.parse().ok()
}

#[cfg(test)]
mod tests;
