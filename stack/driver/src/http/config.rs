//! What the HTTP of an entity is told when it starts.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use crate::{ListenerConfig, TlsProfile};

/// The HTTP of one entity: who it is towards others, and what it bears.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The name of the entity, for metrics and logs.
    pub name: Arc<str>,
    /// The trust profiles that listeners and hops name.
    pub tls: Vec<TlsProfile>,
    /// What it bears.
    pub limits: HttpLimits,
    /// From which address of ours connections are opened, where it can reach the hop; the system's choice if absent.
    pub source: Option<IpAddr>,
    /// Whether HTTP/2 is offered over TLS (RFC 7301), to clients and to hops. HTTP/1.1 always is.
    pub http2: bool,
    /// Where TLS session keys are appended for a packet analyser. For a lab only: whoever reads the file reads everything.
    pub lab_key_log: Option<PathBuf>,
}

impl HttpConfig {
    /// Without profiles, with the limits of [`HttpLimits::default`].
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            tls: Vec::new(),
            limits: HttpLimits::default(),
            source: None,
            http2: true,
            lab_key_log: None,
        }
    }
}

/// One listener.
#[derive(Clone, Debug)]
pub struct HttpListener {
    /// Where it is bound, over TCP or TLS, who may connect, and how many at once. Its `sent_by` is not used. For whoever comes when
    /// it is full the connection makes room that has been idle the longest, one that has proved nothing before one that was served;
    /// where none is idle, and none has proved nothing, he is turned away. A first request has [`HttpLimits::head_within`] to
    /// arrive.
    pub listener: ListenerConfig,
    /// The hosts that it answers for, in lower case: a request with another authority, or over a TLS session that was
    /// opened for another name, is answered 421 (RFC 9110 15.5.20). Any host if empty.
    pub names: Vec<Arc<str>>,
}

impl HttpListener {
    /// A listener that answers for any host.
    #[must_use]
    pub fn new(listener: ListenerConfig) -> Self {
        Self { listener, names: Vec::new() }
    }
}

/// How much each listener, and each hop, bears before a peer is refused or cut off. A peer is an address, or an IPv6 /64.
/// How many connections it bears is [`crate::Admission`]'s to say.
#[derive(Clone, Debug)]
pub struct HttpLimits {
    /// Octets of a request's or response's head; beyond it 431.
    pub head: usize,
    /// Fields of a head over HTTP/1.1, at most 100; beyond it 431.
    pub fields: usize,
    /// Octets of a request's body; beyond it 413.
    pub body: usize,
    /// Octets of all request bodies that are being read or worked on; beyond it 503 with Retry-After. One peer has an eighth of
    /// them, or the octets of one body where those are more.
    pub octets: usize,
    /// Requests that are worked on; beyond it 503 with Retry-After. Of half as many the bodies are read meanwhile: where they
    /// are more, the one that began first makes room and is answered 503.
    pub requests: usize,
    /// Of these, those of one peer; beyond it 503 with Retry-After.
    pub requests_per_peer: usize,
    /// Requests at once on one connection over HTTP/2 (RFC 9113 5.1.2).
    pub streams: u32,
    /// How long a head may take to arrive, from its first octet or, of the first request, from the beginning. Looked at
    /// twice in this time, so that it can take half as long again.
    pub head_within: Duration,
    /// How long a body may make no progress; then 408.
    pub body_progress: Duration,
    /// Octets of a body that must come in each second, once `body_progress` has passed; else 408.
    pub body_rate: usize,
    /// How long a body may take; then 408.
    pub body_within: Duration,
    /// How long a connection that a peer opened may be without a request.
    pub idle: Duration,
    /// How long a peer may read nothing of what waits for it.
    pub unread: Duration,
    /// What Retry-After says.
    pub retry_after: Duration,
    /// How long the opening of a connection to a hop may take, with its handshake.
    pub opening: Duration,
    /// Requests of ours at once to one hop.
    pub fetches: usize,
    /// Requests of ours that wait for a place at one hop; beyond it [`wire::WireError::Overloaded`].
    pub waiting: usize,
    /// How long a request of ours may take, waiting and all.
    pub response_within: Duration,
    /// Octets of the body of a response to us.
    pub response_body: usize,
    /// How long a connection that we opened is kept without a request. Less than the other end's `idle`, so that a request
    /// seldom meets a connection that is just being closed.
    pub keep: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            head: 16 << 10,
            fields: 64,
            body: 1 << 20,
            octets: 256 << 20,
            requests: 4096,
            requests_per_peer: 1024,
            streams: 100,
            head_within: Duration::from_secs(10),
            body_progress: Duration::from_secs(10),
            body_rate: 4 << 10,
            body_within: Duration::from_secs(60),
            idle: Duration::from_secs(75),
            unread: Duration::from_secs(30),
            retry_after: Duration::from_secs(5),
            opening: Duration::from_secs(5),
            fetches: 128,
            waiting: 1024,
            response_within: Duration::from_secs(10),
            response_body: 4 << 20,
            keep: Duration::from_secs(30),
        }
    }
}
