//! Nodes over memory on a paused clock, or over loopback, for the tests of this crate.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod strangers;
pub mod streams;

use std::{
    future::Future,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use driver::{Env, Kernel, Memory, Metrics, Net, Node, NodeConfig, NodeHandle, RuntimeClock, SeededIds};
use parking_lot::Mutex;
use sip::{Edits, Limits, Message, Method, Name, Request, Response};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    runtime::{Builder, Handle},
    task::LocalSet,
};
use wire::{Arrival, BoxFuture, Decision, Forward, Hop, Inline, Reply, Service, TlsPeer, Transport, Vias};

/// 2026-01-01.
pub fn epoch() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

/// Runs the test on one thread; `paused` makes time advance only when everybody waits for it.
pub fn world<F: Future<Output = ()>>(paused: bool, test: F) {
    let runtime = Builder::new_current_thread().enable_all().start_paused(paused).build().unwrap();
    let tasks = LocalSet::new();
    runtime.block_on(tasks.run_until(test));
}

pub fn env(net: Arc<dyn Net>) -> Env {
    Env {
        net,
        clock: Arc::new(RuntimeClock::starting_at(epoch())),
        ids: Arc::new(SeededIds::new(1)),
        recorder: Arc::new(wire::Silent),
        metrics: Metrics::new(),
        runtime: Handle::current(),
        room: driver::Room::default(),
    }
}

pub fn memory() -> (Memory, Env) {
    let net = Memory::new();
    (net.clone(), env(Arc::new(net)))
}

pub fn kernel() -> Env {
    env(Kernel::shared())
}

pub fn at(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

pub fn hop(transport: Transport, address: SocketAddr) -> Hop {
    Hop {
        name: "peer".into(),
        transport,
        address,
        tls: None,
        connection: None,
        streams: wire::Streams::default(),
    }
}

pub fn tls_hop(address: SocketAddr, profile: &str, domain: &str) -> Hop {
    let tls = TlsPeer { profile: profile.into(), domain: domain.into(), anchor: None };
    Hop { tls: Some(tls), ..hop(Transport::Tls, address) }
}

/// Answers 200, keeps what it saw, and can be told to take its time.
#[derive(Default)]
pub struct Echo {
    pub seen: Mutex<Vec<(Message, Arrival)>>,
    pub delay: Mutex<Option<Duration>>,
}

impl Echo {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().len()
    }

    pub fn last(&self) -> (Message, Arrival) {
        self.seen.lock().last().cloned().expect("a request")
    }
}

impl Service for Echo {
    fn serve(&self, request: Message, arrival: Arrival) -> BoxFuture<'static, Reply> {
        let panics = request.extension("X-Panic").is_some();
        self.seen.lock().push((request, arrival));
        let delay = *self.delay.lock();
        Box::pin(async move {
            assert!(!panics, "asked to panic");
            if let Some(delay) = delay {
                tokio::time::sleep(delay).await;
            }
            Response::new(200).into()
        })
    }
}

/// Forwards everything to one hop.
pub struct Relay {
    pub hop: Mutex<Hop>,
    pub vias: Vias,
}

impl Relay {
    pub fn new(hop: Hop, vias: Vias) -> Arc<Self> {
        Arc::new(Self { hop: Mutex::new(hop), vias })
    }
}

impl Inline for Relay {
    fn request(&self, _: &Message, _: &Arrival) -> Decision {
        let hop = self.hop.lock().clone();
        let (edits, vias) = (Edits::new(), self.vias);
        Decision::Forward(Box::new(Forward { hop, edits, vias, unreachable: None, others: Vec::new() }))
    }
}

pub fn agent(config: NodeConfig, service: &Arc<Echo>, env: &Env) -> NodeHandle {
    Node::start(config, Arc::new(wire::TerminateAll), service.clone(), env).unwrap()
}

pub fn proxy(config: NodeConfig, relay: &Arc<Relay>, env: &Env) -> NodeHandle {
    Node::start(config, relay.clone(), Echo::new(), env).unwrap()
}

pub fn message() -> Request {
    message_of("call-1")
}

pub fn message_of(call: &str) -> Request {
    Request::new(Method::Message, "sip:bob@b.example")
        .header(Name::From, "<sip:alice@a.example>;tag=1")
        .header(Name::To, "<sip:bob@b.example>")
        .header(Name::CallId, call)
        .header(Name::CSeq, "1 MESSAGE")
        .body("text/plain", Bytes::from_static(b"hello"))
}

/// A MESSAGE as it stands on the wire.
pub fn raw(via: &str, extra: &str) -> String {
    format!(
        "MESSAGE sip:bob@b.example SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@a.example>;tag=1\r\n\
         To: <sip:bob@b.example>\r\nCall-ID: raw-1\r\nCSeq: 1 MESSAGE\r\n{extra}Content-Length: 5\r\n\r\nhello"
    )
}

/// A peer that speaks octets, over a stream of the net.
pub struct Peer(pub driver::net::Stream);

impl Peer {
    pub async fn connect(env: &Env, to: SocketAddr) -> Self {
        Self(env.net.connect(None, to).await.unwrap())
    }

    pub async fn say(&mut self, text: &str) {
        self.0.io.write_all(text.as_bytes()).await.unwrap();
    }

    /// What has come, at least one octet; empty when the peer has closed.
    pub async fn hear(&mut self) -> String {
        let mut buffer = vec![0; 65_536];
        let read = tokio::time::timeout(Duration::from_secs(60), self.0.io.read(&mut buffer)).await;
        let count = read.expect("nothing came").unwrap_or(0);
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    }

    pub async fn hear_message(&mut self) -> Message {
        let mut text = String::new();
        while !text.contains("\r\n\r\n") {
            let more = self.hear().await;
            assert!(!more.is_empty(), "closed after {text:?}");
            text.push_str(&more);
        }
        Message::parse(Bytes::from(text), &Limits::DATAGRAM).unwrap()
    }
}

/// A peer that speaks datagrams.
pub struct Socket(Box<dyn driver::net::Datagrams>);

impl Socket {
    pub fn bind(env: &Env, address: &str) -> Self {
        Self(env.net.bind(at(address), driver::net::Share::Alone).unwrap())
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local()
    }

    pub fn say(&self, to: SocketAddr, text: &str) {
        self.0.send(&mut vec![(to, Bytes::from(text.to_owned()))]);
    }

    /// Everything that has come, at least one datagram; none after a minute of silence.
    pub async fn hear(&self) -> Vec<String> {
        let mut batch = Vec::new();
        let heard = std::future::poll_fn(|cx| self.0.poll_receive(cx, &mut batch));
        if tokio::time::timeout(Duration::from_secs(60), heard).await.is_err() {
            return Vec::new();
        }
        batch.into_iter().map(|datagram| String::from_utf8_lossy(&datagram.bytes).into_owned()).collect()
    }
}

pub fn parse(text: &str) -> Message {
    Message::parse(Bytes::from(text.to_owned()), &Limits::DATAGRAM).unwrap()
}
