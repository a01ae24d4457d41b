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
    /// Use this stream if it is still open (a registered flow, RFC 5626; reuse, RFC 5923), else open one to `address`.
    pub connection: Option<ConnectionId>,
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
