//! What is counted. Names and meanings lean on RFC 6076; a counter on the hot path is one atomic addition.

mod drops;
pub(crate) mod labels;

use std::{net::SocketAddr, sync::Arc};

use parking_lot::Mutex;
use prometheus_client::{
    encoding::text,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use sip::Method;
use wire::Transport;

use self::labels::{Link, Node, Outcome, Reason, Request, Response};
use crate::{http, tls::Ends};

/// Everything one process counts. Clones are the same.
#[derive(Clone)]
pub struct Metrics(Arc<Families>);

struct Families {
    registry: Mutex<Registry>,
    panics: Counter,
    requests: Family<Request, Counter>,
    responses: Family<Response, Counter>,
    dropped: Family<Reason, Counter>,
    timeouts: Family<Node, Counter>,
    searched: Family<Node, Counter>,
    active: Family<Node, Gauge>,
    connections: Family<Link, Gauge>,
    handshakes: Family<Outcome, Counter>,
    peers_refused: Family<Reason, Counter>,
    certificates: Ends,
    drops: drops::Drops,
    http: http::Families,
    delay: Family<Node, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Everything at zero.
    #[must_use]
    pub fn new() -> Self {
        let families = Families {
            registry: Mutex::default(),
            panics: Counter::default(),
            requests: Family::default(),
            responses: Family::default(),
            dropped: Family::default(),
            timeouts: Family::default(),
            searched: Family::default(),
            active: Family::default(),
            connections: Family::default(),
            handshakes: Family::default(),
            peers_refused: Family::default(),
            certificates: Ends::default(),
            drops: drops::Drops::default(),
            http: http::Families::default(),
            delay: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_1, 2.5, 14))),
        };
        families.register();
        Self(Arc::new(families))
    }

    /// Lets others add metrics of their own.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.0.registry.lock());
    }

    /// The text exposition that `/metrics` serves.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = text::encode(&mut out, &self.0.registry.lock());
        out
    }

    /// How often a panic was caught.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.0.panics.get()
    }

    /// Counts a panic that was caught.
    pub fn count_panic(&self) {
        self.0.panics.inc();
    }

    pub(crate) fn node(&self, name: &str) -> NodeMetrics {
        NodeMetrics::new(&self.0, name)
    }

    /// When the certificates of the process end.
    pub(crate) fn certificates(&self) -> &Ends {
        &self.0.certificates
    }

    pub(crate) fn http(&self, name: &str) -> http::HttpMetrics {
        self.0.http.node(name, self.0.peers_refused.clone())
    }
}

impl Families {
    fn register(&self) {
        let mut registry = self.registry.lock();
        registry.register("mcx_panics", "Panics caught; each is a fault to report", self.panics.clone());
        registry.register("sip_requests", "Requests, without retransmissions", self.requests.clone());
        registry.register("sip_responses", "Final responses by class", self.responses.clone());
        registry.register("sip_dropped", "Messages dropped or refused, by reason", self.dropped.clone());
        registry.register(
            "sip_transaction_timeouts",
            "Requests without a final response",
            self.timeouts.clone(),
        );
        registry.register(
            "sip_targets_passed_over",
            "Targets after which the next was tried",
            self.searched.clone(),
        );
        registry.register(
            "sip_transactions_active",
            "Transactions without a final response",
            self.active.clone(),
        );
        registry.register("sip_connections", "Open stream connections", self.connections.clone());
        registry.register_collector(Box::new(self.drops.clone()));
        self.http.register(&mut registry);
        registry.register("tls_handshakes", "TLS handshakes by outcome", self.handshakes.clone());
        registry.register(
            "tls_peers_refused",
            "TLS peers that came and were refused, by reason",
            self.peers_refused.clone(),
        );
        registry.register_collector(Box::new(self.certificates.clone()));
        registry.register(
            "sip_request_delay_seconds",
            "From sending a request to its final response",
            self.delay.clone(),
        );
    }
}

/// Those of one node, looked up once.
#[derive(Clone)]
pub(crate) struct NodeMetrics {
    requests_in: [Counter; METHODS.len()],
    requests_out: [Counter; METHODS.len()],
    responses_in: [Counter; 6],
    responses_out: [Counter; 6],
    pub(crate) timeouts: Counter,
    pub(crate) searched: Counter,
    pub(crate) active: Gauge,
    pub(crate) delay: Histogram,
    connections: [Gauge; 2],
    families: Arc<Families>,
    node: String,
}

/// Every method that IANA has registered, the usual ones first, and what any other token is counted as.
const METHODS: [&str; 15] = [
    "MESSAGE",
    "REGISTER",
    "OPTIONS",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "INFO",
    "REFER",
    "UPDATE",
    "PRACK",
    "other",
];
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "6xx"];

impl NodeMetrics {
    fn new(families: &Arc<Families>, node: &str) -> Self {
        let node = node.to_owned();
        let of = Node { node: node.clone() };
        let requests = |direction| {
            METHODS.map(|method| {
                families.requests.get_or_create_owned(&Request { node: node.clone(), direction, method })
            })
        };
        let responses = |direction| {
            CLASSES.map(|class| {
                families.responses.get_or_create_owned(&Response { node: node.clone(), direction, class })
            })
        };
        Self {
            requests_in: requests("in"),
            requests_out: requests("out"),
            responses_in: responses("in"),
            responses_out: responses("out"),
            timeouts: families.timeouts.get_or_create_owned(&of),
            searched: families.searched.get_or_create_owned(&of),
            active: families.active.get_or_create_owned(&of),
            delay: families.delay.get_or_create_owned(&of),
            connections: [Transport::Tcp, Transport::Tls].map(|transport| {
                families
                    .connections
                    .get_or_create_owned(&Link { node: node.clone(), transport: transport.via_name() })
            }),
            families: families.clone(),
            node,
        }
    }

    pub(crate) fn request_in(&self, method: &Method<'_>) {
        count(&self.requests_in, place(method));
    }

    pub(crate) fn request_out(&self, method: &Method<'_>) {
        count(&self.requests_out, place(method));
    }

    pub(crate) fn response_in(&self, status: u16) {
        count(&self.responses_in, usize::from(status / 100).saturating_sub(1));
    }

    pub(crate) fn response_out(&self, status: u16) {
        count(&self.responses_out, usize::from(status / 100).saturating_sub(1));
    }

    /// Reports what the kernel drops at this datagram socket.
    pub(crate) fn watch_drops(&self, address: SocketAddr) {
        self.families.drops.watch(&self.node, address);
    }

    /// Off the hot path: looks the reason up.
    pub(crate) fn dropped(&self, reason: &'static str) {
        self.families.dropped.get_or_create(&Reason { node: self.node.clone(), reason }).inc();
    }

    pub(crate) fn dropped_many(&self, reason: &'static str, count: usize) {
        if count > 0 {
            let of = Reason { node: self.node.clone(), reason };
            self.families.dropped.get_or_create(&of).inc_by(count as u64);
        }
    }

    pub(crate) fn handshake(&self, outcome: &'static str) {
        self.families.handshakes.get_or_create(&Outcome { node: self.node.clone(), outcome }).inc();
    }

    pub(crate) fn peer_refused(&self, reason: &'static str) {
        self.families.peers_refused.get_or_create(&Reason { node: self.node.clone(), reason }).inc();
    }

    pub(crate) fn connections(&self, transport: Transport) -> &Gauge {
        let [tcp, tls] = &self.connections;
        if transport == Transport::Tls { tls } else { tcp }
    }

    pub(crate) fn panicked(&self) {
        self.families.panics.inc();
    }
}

pub(crate) fn count(counters: &[Counter], place: usize) {
    if let Some(counter) = counters.get(place) {
        counter.inc();
    }
}

fn place(method: &Method<'_>) -> usize {
    match method {
        Method::Message => 0,
        Method::Register => 1,
        Method::Options => 2,
        Method::Subscribe => 3,
        Method::Notify => 4,
        Method::Publish => 5,
        Method::Invite => 6,
        Method::Ack => 7,
        Method::Bye => 8,
        Method::Cancel => 9,
        Method::Info => 10,
        Method::Refer => 11,
        Method::Update => 12,
        Method::Prack => 13,
        Method::Other(_) => 14,
    }
}
