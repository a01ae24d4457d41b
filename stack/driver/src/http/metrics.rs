//! What is counted of HTTP.

use std::time::Duration;

use http::{Method, StatusCode};
use prometheus_client::{
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::metrics::{
    count,
    labels::{Direction, Reason, Request, Response},
};

const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "DELETE", "POST", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Those of a process.
pub(crate) struct Families {
    requests: Family<Request, Counter>,
    responses: Family<Response, Counter>,
    refused: Family<Reason, Counter>,
    connections: Family<Direction, Gauge>,
    seconds: Family<Direction, Histogram, fn() -> Histogram>,
}

impl Default for Families {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            responses: Family::default(),
            refused: Family::default(),
            connections: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_1, 2.5, 14))),
        }
    }
}

impl Families {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "HTTP requests", self.requests.clone());
        registry.register("http_responses", "HTTP responses by class", self.responses.clone());
        registry.register(
            "http_refused",
            "Connections cut and requests refused before their entity saw them, and fetches that failed, by reason",
            self.refused.clone(),
        );
        registry.register("http_connections", "Open HTTP connections", self.connections.clone());
        registry.register(
            "http_request_seconds",
            "From a whole request to its response",
            self.seconds.clone(),
        );
    }

    /// `peers` counts TLS peers that were refused, over SIP and over HTTP.
    pub(crate) fn node(&self, node: &str, peers: Family<Reason, Counter>) -> HttpMetrics {
        HttpMetrics {
            peers,
            incoming: self.way(node, "in"),
            outgoing: self.way(node, "out"),
            refused: self.refused.clone(),
            node: node.to_owned(),
        }
    }

    fn way(&self, node: &str, direction: &'static str) -> Way {
        let node = node.to_owned();
        let of = Direction { node: node.clone(), direction };
        Way {
            requests: METHODS.map(|method| {
                self.requests.get_or_create_owned(&Request { node: node.clone(), direction, method })
            }),
            responses: CLASSES.map(|class| {
                self.responses.get_or_create_owned(&Response { node: node.clone(), direction, class })
            }),
            connections: self.connections.get_or_create_owned(&of),
            seconds: self.seconds.get_or_create_owned(&of),
        }
    }
}

/// Those of one entity, looked up once.
pub(crate) struct HttpMetrics {
    pub(super) incoming: Way,
    pub(super) outgoing: Way,
    refused: Family<Reason, Counter>,
    peers: Family<Reason, Counter>,
    node: String,
}

/// Requests that come, or requests that go.
pub(super) struct Way {
    requests: [Counter; 6],
    responses: [Counter; 5],
    pub(super) connections: Gauge,
    seconds: Histogram,
}

impl HttpMetrics {
    /// Off the hot path: looks the reason up.
    pub(super) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Reason { node: self.node.clone(), reason }).inc();
    }

    pub(super) fn peer_refused(&self, reason: &'static str) {
        self.peers.get_or_create(&Reason { node: self.node.clone(), reason }).inc();
    }
}

impl Way {
    pub(super) fn request(&self, method: &Method) {
        let place = match *method {
            Method::GET => 0,
            Method::HEAD => 1,
            Method::PUT => 2,
            Method::DELETE => 3,
            Method::POST => 4,
            _ => 5,
        };
        count(&self.requests, place);
    }

    pub(super) fn response(&self, status: StatusCode) {
        count(&self.responses, usize::from(status.as_u16() / 100).saturating_sub(1));
    }

    pub(super) fn took(&self, time: Duration) {
        self.seconds.observe(time.as_secs_f64());
    }
}

/// A connection, counted for as long as it is open.
pub(super) struct Open(Gauge);

impl Open {
    pub(super) fn new(way: &Way) -> Self {
        way.connections.inc();
        Self(way.connections.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
