//! What a node is told when it starts.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use wire::Transport;

/// One SIP endpoint of one entity.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The name of the entity, for metrics, logs and threads.
    pub name: Arc<str>,
    /// On how many threads it runs.
    pub shards: Shards,
    /// Where it is reached. A node without listeners is a client: it receives over the connections that it opens.
    pub listeners: Vec<ListenerConfig>,
    /// The trust profiles that listeners and hops name.
    pub tls: Vec<TlsProfile>,
    /// What it bears.
    pub limits: Limits,
    /// Requests that carry more octets than this leave over TCP although their hop says UDP, each on its own account
    /// (RFC 3261 18.1.1: 1300). Raised only where no path in between fragments, as on loopback.
    pub udp_mtu: usize,
    /// The value of Allow in a 405 (RFC 3261 20.5).
    pub allow: Arc<str>,
    /// Where TLS session keys are appended for a packet analyser. For a lab only: whoever reads the file reads everything.
    pub lab_key_log: Option<PathBuf>,
}

impl NodeConfig {
    /// A node without listeners or profiles, on one shard, with the limits of [`Limits::default`].
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            shards: Shards::Local,
            listeners: Vec::new(),
            tls: Vec::new(),
            limits: Limits::default(),
            udp_mtu: 1300,
            allow: "MESSAGE, OPTIONS".into(),
            lab_key_log: None,
        }
    }
}

/// Where a node's shards run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shards {
    /// One shard, as tasks of the `LocalSet` that [`crate::Node::start`] is called in: for tests on a paused clock.
    Local,
    /// So many shards, each on a thread with a runtime of its own. Zero counts as one.
    Threads(u16),
}

/// One listening socket (per shard, for datagrams).
#[derive(Clone, Debug)]
pub struct ListenerConfig {
    /// What [`wire::Arrival::listener`] says.
    pub name: Arc<str>,
    /// Where to bind; port 0 asks for a free one.
    pub address: SocketAddr,
    /// What is spoken there.
    pub transport: Transport,
    /// The trust profile; required for TLS, ignored otherwise.
    pub tls: Option<Arc<str>>,
    /// Whether a TLS client must prove itself with a certificate of the profile's anchors. Where it need not, it is not
    /// asked for one.
    pub client_auth: bool,
    /// From where packets and connections are taken; anybody's if empty. Others are dropped and counted.
    pub trusted: Vec<Network>,
    /// What stands in our Via: `host` or `host:port`. The bound address if absent.
    pub sent_by: Option<Arc<str>>,
    /// Whom a stream listener lets in, and for how long.
    pub admission: Admission,
}

/// What one stream listener bears, over all shards. Strangers at one listener take nothing from the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Admission {
    /// Connections. Where there are as many, the one that has been idle the longest without having proved anything makes
    /// room for the next; where all have proved something, the next is turned away. A certificate of the profile's anchors
    /// is a proof, and so is a request other than OPTIONS that was answered with success.
    pub connections: usize,
    /// Connections of one address, or of one IPv6 /64, which is what one subscriber is given.
    pub per_address: usize,
    /// TLS handshakes in progress, of which one address may have an eighth. Where there are as many, the oldest of the
    /// address that has most makes room for the next.
    pub handshakes: usize,
    /// How long one may take.
    pub handshake: Duration,
    /// How long a new connection may take, after its handshake, to bring its first whole message or sign of life.
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

impl ListenerConfig {
    /// A listener that takes anybody's traffic and names its own address in Via.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, address: SocketAddr, transport: Transport) -> Self {
        Self {
            name: name.into(),
            address,
            transport,
            tls: None,
            client_auth: false,
            trusted: Vec::new(),
            sent_by: None,
            admission: Admission::default(),
        }
    }

    /// Over TLS under this profile, with or without a client's certificate.
    #[must_use]
    pub fn tls(mut self, profile: impl Into<Arc<str>>, client_auth: bool) -> Self {
        self.tls = Some(profile.into());
        self.client_auth = client_auth;
        self
    }

    /// With these bounds on who is let in.
    #[must_use]
    pub fn admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// With this `host` or `host:port` in our Via.
    #[must_use]
    pub fn sent_by(mut self, sent_by: impl Into<Arc<str>>) -> Self {
        self.sent_by = Some(sent_by.into());
        self
    }
}

/// An address prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads `192.0.2.0/24`, `2001:db8::/32` or a single address.
    ///
    /// # Errors
    /// With a few words, when it is neither.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| "not an IP address")?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| "not a prefix length")?,
            None => longest,
        };
        if prefix > longest { Err("prefix too long for the address") } else { Ok(Self { address, prefix }) }
    }

    /// Whether the address lies in it. An IPv4 address mapped into IPv6 counts as the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.prefix);
                (own.to_bits() ^ other.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - u32::from(self.prefix);
                (own.to_bits() ^ other.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Our end of TLS towards one circle of peers, and whom that circle's certificates may come from. PEM throughout.
#[derive(Clone)]
pub struct TlsProfile {
    /// What listeners and hops call it.
    pub name: Arc<str>,
    /// Our certificate, followed by its intermediates. A client may have none.
    pub certificate: Option<String>,
    /// The key to it.
    pub key: Option<String>,
    /// The trust anchors, each one or more certificates.
    pub anchors: Vec<String>,
    /// Revocation lists of those anchors.
    pub crls: Vec<String>,
}

impl TlsProfile {
    /// A profile with a certificate of our own and one file of anchors.
    #[must_use]
    pub fn new(
        name: impl Into<Arc<str>>,
        certificate: impl Into<String>,
        key: impl Into<String>,
        anchors: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            certificate: Some(certificate.into()),
            key: Some(key.into()),
            anchors: vec![anchors.into()],
            crls: Vec::new(),
        }
    }
}

impl std::fmt::Debug for TlsProfile {
    /// Keys stay out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsProfile").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How much a node bears, per shard unless it says otherwise, before a peer is refused or cut off.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Of messages in datagrams.
    pub datagram: sip::Limits,
    /// Of messages in streams.
    pub stream: sip::Limits,
    /// Of each table of transactions; requests of one address may hold half of theirs.
    pub transactions: transaction::Limits,
    /// Requests whose service has not answered, of which one address may hold half; beyond it 503 with Retry-After.
    pub deliveries: usize,
    /// Requests of one address that have not been answered, over all shards; beyond it 503 with Retry-After.
    pub requests_per_peer: usize,
    /// Octets of all requests that have not been answered, over all shards, of which one address may hold half; beyond it
    /// 503 with Retry-After.
    pub requests_octets: usize,
    /// How long the opening of a connection to a peer may take, with its handshake.
    pub opening: Duration,
    /// How long a connection may be silent before it is closed. While transactions use it, it is kept.
    pub idle: Duration,
    /// How often a node without listeners sends a sign of life on a connection that it opened, since it is reached by no
    /// other (RFC 5626 clause 4.4.1: 95 to 120 s).
    pub keep_alive: Duration,
    /// How long a message, once begun, may take to arrive whole.
    pub incomplete: Duration,
    /// Octets waiting for one peer to read them; beyond it the connection is closed.
    pub unread: usize,
    /// Octets in the buffers of all connections, in either direction; beyond it those that hold more than 64 KiB are
    /// closed.
    pub buffered: usize,
    /// Octets waiting for one connection to open; beyond it 503 with Retry-After.
    pub unopened: usize,
    /// What Retry-After says.
    pub retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            datagram: sip::Limits::DATAGRAM,
            stream: sip::Limits::STREAM,
            transactions: transaction::Limits::default(),
            deliveries: 20_000,
            requests_per_peer: 50_000,
            requests_octets: 256 << 20,
            opening: Duration::from_secs(5),
            idle: Duration::from_secs(600),
            keep_alive: Duration::from_secs(110),
            incomplete: Duration::from_secs(10),
            unread: 8 << 20,
            buffered: 256 << 20,
            unopened: 4 << 20,
            retry_after: Duration::from_secs(5),
        }
    }
}
