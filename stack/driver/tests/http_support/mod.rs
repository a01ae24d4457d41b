//! Entities that speak HTTP, over memory on a paused clock, for the tests of this crate.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod http2;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use driver::{Admission, Env, Http, HttpConfig, HttpLimits, HttpListener, ListenerConfig};
use http::{HeaderMap, Request, Response, StatusCode, request::Parts};
use parking_lot::Mutex;
use tokio::sync::Notify;
use wire::{Arrival, BoxFuture, Transport, web::WebService};

use crate::support::{Peer, at};

/// Answers 200 with the request's own line and body, and does what paths ask it to.
#[derive(Default)]
pub struct Echo {
    pub seen: Mutex<Vec<(Request<Bytes>, Arrival)>>,
    /// What `/wait` waits for.
    pub released: Notify,
    /// How often `/wait` was done.
    pub done: Mutex<usize>,
}

impl Echo {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().len()
    }

    pub fn last(&self) -> (Request<Bytes>, Arrival) {
        self.seen.lock().last().cloned().expect("a request")
    }
}

/// The service, and itself to whoever is served.
pub struct Shared(pub Arc<Echo>);

impl WebService for Shared {
    fn serve(&self, request: Request<Bytes>, arrival: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let echo = self.0.clone();
        let path = request.uri().path().to_owned();
        assert!(path != "/panic-at-once", "asked to panic");
        let text = format!("{} {}\n", request.method(), path);
        let body = [text.as_bytes(), request.body()].concat();
        echo.seen.lock().push((request, arrival));
        Box::pin(async move {
            assert!(path != "/panic", "asked to panic");
            if path == "/wait" {
                echo.released.notified().await;
                *echo.done.lock() += 1;
            }
            let mut response = Response::new(Bytes::from(body));
            match path.as_str() {
                "/large" => *response.body_mut() = Bytes::from(vec![b'x'; 100_000]),
                "/announced" => {
                    *response.body_mut() = Bytes::new();
                    response.headers_mut().insert("content-length", "7".parse().unwrap());
                }
                "/none" => *response.status_mut() = StatusCode::NO_CONTENT,
                "/framed" => {
                    response.headers_mut().insert("transfer-encoding", "chunked".parse().unwrap());
                    response.headers_mut().insert("content-length", "7".parse().unwrap());
                    response.headers_mut().insert("connection", "x-inner".parse().unwrap());
                }
                _ => {}
            }
            response
        })
    }

    fn refusal(&self, head: &Parts, _: &Arrival) -> Option<Response<Bytes>> {
        assert!(head.uri.path() != "/panic-on-head", "asked to panic");
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        (head.uri.path() == "/not-for-you").then_some(response)
    }
}

/// An entity that listens over TCP.
pub fn server(env: &Env, limits: HttpLimits) -> (Http, SocketAddr, Arc<Echo>) {
    server_at(env, limits, Admission::default())
}

pub fn server_at(env: &Env, limits: HttpLimits, admission: Admission) -> (Http, SocketAddr, Arc<Echo>) {
    let config = HttpConfig { limits, ..HttpConfig::new("server") };
    let http = Http::new(config, env).unwrap();
    let echo = Echo::new();
    let listener = ListenerConfig::new("xcap", at("10.0.0.2:0"), Transport::Tcp).admission(admission);
    let listener = HttpListener::new(listener);
    let bound = http.listen(listener, Arc::new(Shared(echo.clone()))).unwrap();
    (http, bound.address, echo)
}

pub async fn peer(env: &Env, to: SocketAddr) -> Peer {
    Peer::connect(env, to).await
}

/// What a peer is answered over HTTP/1.1: the status, the fields and the body.
pub async fn answer(peer: &mut Peer) -> (u16, HeaderMap, String) {
    let mut text = String::new();
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let (status, fields) = head_of(head);
            let length =
                fields.get("content-length").map_or(0, |value| value.to_str().unwrap().parse().unwrap());
            if body.len() >= length {
                return (status, fields, body.to_owned());
            }
        }
        let more = peer.hear().await;
        assert!(!more.is_empty(), "closed after {text:?}");
        text.push_str(&more);
    }
}

fn head_of(head: &str) -> (u16, HeaderMap) {
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut fields = HeaderMap::new();
    for (name, value) in lines.map(|line| line.split_once(": ").unwrap()) {
        fields.append(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    (status, fields)
}

pub async fn ask(peer: &mut Peer, request: &str) -> (u16, HeaderMap, String) {
    peer.say(request).await;
    answer(peer).await
}

pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: xcap.a.example\r\n\r\n")
}

pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// How often the metrics say that this was refused.
pub fn refused(env: &Env, reason: &str) -> u64 {
    let wanted = format!("reason=\"{reason}\"");
    let line = env
        .metrics
        .text()
        .lines()
        .find(|line| line.starts_with("http_refused") && line.contains(&wanted))
        .map(str::to_owned);
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}
