//! Where a message came from, and who the other end of its hop is proved to be.

use std::{fmt, net::SocketAddr, sync::Arc, time::SystemTime};

/// The transports of RFC 3261 clause 18 that mcx speaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Transport {
    /// RFC 3261 18.1.1: datagrams, at most 1300 bytes for requests we send.
    Udp,
    /// RFC 3261 18: a stream, framed by Content-Length.
    Tcp,
    /// RFC 3261 26.3.1: a stream under TLS; mutual where a listener or hop says so.
    Tls,
}

impl Transport {
    /// The name as it stands in a Via header field (RFC 3261 20.42).
    #[must_use]
    pub fn via_name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// Whether the transport itself delivers reliably and in order (RFC 3261 17).
    #[must_use]
    pub fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }
}

/// A stream connection, named by the shard that owns it. Never reused within one run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ConnectionId {
    /// The shard that opened or accepted it.
    pub shard: u16,
    /// Counts up within the shard.
    pub serial: u64,
}

/// One name that a certificate proves (RFC 5922 clause 7.1), in lower case.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Identity {
    /// The host part of a `sip:` URI in the subject's alternative names. Where one is present, DNS names are not consulted.
    Sip(String),
    /// A DNS name of the subject's alternative names. No wildcard ever matches.
    Dns(String),
}

impl Identity {
    /// The domain that is proved.
    #[must_use]
    pub fn domain(&self) -> &str {
        match self {
            Self::Sip(domain) | Self::Dns(domain) => domain,
        }
    }
}

/// SHA-256 over the subject public key info of the trust anchor that a verified chain ends in: who vouches.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnchorId(pub [u8; 32]);

impl fmt::Debug for AnchorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a peer's verified certificate says. Exists only after the chain has been verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// The identities of RFC 5922 clause 7.1: the `sip:` URIs if there are any, else the DNS names.
    pub identities: Vec<Identity>,
    /// The trust anchor at the end of the verified chain.
    pub anchor: AnchorId,
    /// When it ends.
    pub not_after: SystemTime,
}

impl Certificate {
    /// Whether the certificate proves this domain, exactly and without regard to case (RFC 5922 clause 7.2).
    #[must_use]
    pub fn proves(&self, domain: &str) -> bool {
        self.identities.iter().any(|identity| identity.domain().eq_ignore_ascii_case(domain))
    }
}

/// The hop by which a message reached this node.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The configured name of the listener; for a connection that this node opened, the name of the [`crate::Hop`].
    pub listener: Arc<str>,
    /// How it came.
    pub transport: Transport,
    /// Our end.
    pub local: SocketAddr,
    /// The other end, as the kernel saw it; never what a Via says.
    pub remote: SocketAddr,
    /// The stream it came by; none for datagrams.
    pub connection: Option<ConnectionId>,
    /// The other end's certificate, where TLS asked for one and verified it.
    pub certificate: Option<Arc<Certificate>>,
}
