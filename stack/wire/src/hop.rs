//! Where a request is sent next.

use std::{net::SocketAddr, sync::Arc};

use crate::{AnchorId, ConnectionId, Transport};

/// One next hop, resolved (RFC 3261 16.6 step 7; static configuration or a registered flow).
#[derive(Clone, Debug)]
pub struct Hop {
    /// The configured name of who is there, for ladders, logs and metrics (`mcgw.partner.example`).
    pub name: Arc<str>,
    /// How to reach it.
    pub transport: Transport,
    /// Where it listens.
    pub address: SocketAddr,
    /// Whom to find there; required when the transport is TLS.
    pub tls: Option<TlsPeer>,
    /// Use this stream if it is still open (a registered flow, RFC 5626), else one to `address`.
    pub connection: Option<ConnectionId>,
    /// Which streams to `address` serve, where no one is named.
    pub streams: Streams,
}

/// Which streams to a peer are used, and how many there are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Streams {
    /// Whether one stream serves both ways (RFC 5923): ours says `alias` in its Via, and a request to the peer goes over a
    /// stream that the peer opened, where that said so and its certificate proves whom the hop asks for. TLS only.
    pub reuse: bool,
    /// How many a node opens to the peer.
    pub opened: Opened,
}

impl Default for Streams {
    fn default() -> Self {
        Self { reuse: true, opened: Opened::PerShard }
    }
}

/// How many streams a node opens to one peer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Opened {
    /// Each shard its own, so that none waits for another.
    PerShard,
    /// One for all shards, for a peer that bears no more; the others hand over to the shard that has it.
    One,
    /// None: there is the stream that the hop names, and where it has ended nobody is there (RFC 5626 5.3).
    None,
}

/// Whom a TLS handshake must prove to have reached, before a byte of SIP is sent.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TlsPeer {
    /// The trust profile of our own end: certificate, key and accepted anchors. Pools are never shared across profiles.
    pub profile: Arc<str>,
    /// The domain that the peer's certificate must prove (RFC 5922), exact.
    pub domain: Arc<str>,
    /// The anchor that must vouch for it, where the peer is bound to one.
    pub anchor: Option<AnchorId>,
}
