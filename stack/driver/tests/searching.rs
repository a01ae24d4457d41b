//! A target set that is tried one after the other.
//! RFC 3261 clauses 16.6 and 16.7 · RFC 4320 clause 4 · RFC 5626 clause 5.3
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use driver::{Env, ListenerConfig, Node, NodeConfig, NodeHandle};
use parking_lot::Mutex;
use sip::{Edits, Message, Response};
use support::*;
use tokio::time::Instant;
use wire::{
    Arrival, Branch, ConnectionId, Decision, Forward, Hop, Inline, Opened, Streams, Transport, Vias,
    Wire as _, WireError,
};

const PROXY: &str = "10.0.0.2:5060";
const FIRST: &str = "10.0.0.3:5060";
const SECOND: &str = "10.0.0.4:5060";

fn config(name: &str, transport: Transport, address: &str) -> NodeConfig {
    let listener = ListenerConfig::new("main", at(address), transport);
    NodeConfig { listeners: vec![listener], ..NodeConfig::new(name) }
}

fn udp(address: &str) -> Hop {
    hop(Transport::Udp, at(address))
}

/// Tries these hops, each under a Request-URI of its own; and which were silent.
struct Search(Vec<Hop>, Mutex<Vec<SocketAddr>>);

impl Inline for Search {
    fn request(&self, _: &Message, _: &Arrival) -> Decision {
        let branch = |(number, hop): (usize, &Hop)| {
            let mut edits = Edits::new();
            edits.request_uri(format!("sip:target{number}@b.example").as_bytes());
            Branch { hop: hop.clone(), edits }
        };
        let mut branches = self.0.iter().enumerate().map(branch);
        let Some(Branch { hop, edits }) = branches.next() else { return Decision::Drop("nobody") };
        let (vias, unreachable) = (Vias::Add, Some(Response::new(480)));
        Decision::Forward(Box::new(Forward { hop, edits, vias, unreachable, others: branches.collect() }))
    }

    fn was_silent(&self, hop: &Hop) {
        self.1.lock().push(hop.address);
    }
}

/// A proxy that tries these, and a client of it.
struct World {
    env: Env,
    _proxy: NodeHandle,
    client: NodeHandle,
    search: Arc<Search>,
}

impl World {
    fn new(targets: &[Hop]) -> Self {
        let (_, env) = memory();
        let search = Arc::new(Search(targets.to_vec(), Mutex::default()));
        let listeners = [Transport::Udp, Transport::Tcp]
            .map(|transport| ListenerConfig::new(transport.via_name(), at(PROXY), transport));
        let proxy = NodeConfig { listeners: listeners.to_vec(), ..NodeConfig::new("proxy") };
        let proxy = Node::start(proxy, search.clone(), Echo::new(), &env).unwrap();
        let client = agent(config("client", Transport::Udp, "10.0.0.1:5060"), &Echo::new(), &env);
        Self { env, _proxy: proxy, client, search }
    }

    /// What the client is told, and after how long.
    async fn asked(&self) -> (Result<u16, WireError>, Duration) {
        let begun = Instant::now();
        let answer = self.client.request(message(), udp(PROXY)).await;
        (answer.map(|answer| answer.response.status().unwrap()), begun.elapsed())
    }

    fn passed_over(&self) -> bool {
        self.env.metrics.text().contains("sip_targets_passed_over_total{node=\"proxy\"} 1")
    }
}

/// Answers a request that stands on the wire.
fn answer(request: &Message, status: &str) -> String {
    let values = |name| {
        let values: Vec<_> = request.values(name).map(String::from_utf8_lossy).collect();
        values.join(", ")
    };
    format!(
        "SIP/2.0 {status}\r\nVia: {}\r\nFrom: {}\r\nTo: {};tag=2\r\nCall-ID: {}\r\nCSeq: {}\r\n\r\n",
        values(sip::Name::Via),
        values(sip::Name::From),
        values(sip::Name::To),
        values(sip::Name::CallId),
        values(sip::Name::CSeq),
    )
}

/// Answers each request, however often it comes, after that time.
async fn answering(socket: Socket, status: &'static str, after: Duration) {
    loop {
        for text in socket.hear().await {
            tokio::time::sleep(after).await;
            socket.say(at(PROXY), &answer(&parse(&text), status));
        }
    }
}

#[test]
fn rfc3261_16_6_a_target_that_refuses_or_is_not_there_gives_way_to_the_next_at_once() {
    world(true, async {
        let nobody = hop(Transport::Tcp, at(FIRST));
        for first in [udp(FIRST), nobody] {
            let world = World::new(&[first, udp(SECOND)]);
            let refusing = Socket::bind(&world.env, FIRST);
            tokio::task::spawn_local(answering(refusing, "480 Away", Duration::ZERO));
            let service = Echo::new();
            let _second = agent(config("second", Transport::Udp, SECOND), &service, &world.env);
            let (status, took) = world.asked().await;
            assert_eq!((status, service.count()), (Ok(200), 1));
            assert!(took < Duration::from_millis(500), "{took:?}");
            assert_eq!(service.last().0.request_uri(), b"sip:target1@b.example");
            assert_eq!(service.last().0.values(sip::Name::Via).count(), 2, "nothing of the first branch");
            assert!(world.passed_over());
        }
    });
}

#[test]
fn rfc4320_4_2_a_silent_target_gives_way_in_time_for_the_next_to_answer() {
    world(true, async {
        let world = World::new(&[udp(FIRST), udp(SECOND)]);
        let silent = Socket::bind(&world.env, FIRST);
        let service = Echo::new();
        let _second = agent(config("second", Transport::Udp, SECOND), &service, &world.env);
        let (status, took) = world.asked().await;
        assert_eq!((status, service.count()), (Ok(200), 1));
        assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(3), "{took:?}");
        assert!(!silent.hear().await.is_empty(), "it was asked");
        assert_eq!(*world.search.1.lock(), [at(FIRST)], "and who named it is told that it was silent");
    });
}

#[test]
fn rfc4320_4_1_a_target_that_says_100_is_waited_for() {
    world(true, async {
        let world = World::new(&[udp(FIRST), udp(SECOND)]);
        let (slow, service) = (Socket::bind(&world.env, FIRST), Echo::new());
        let _second = agent(config("second", Transport::Udp, SECOND), &service, &world.env);
        tokio::task::spawn_local(async move {
            let request = parse(&slow.hear().await[0]);
            slow.say(at(PROXY), &answer(&request, "100 Trying"));
            tokio::time::sleep(Duration::from_secs(10)).await;
            slow.say(at(PROXY), &answer(&request, "200 OK"));
        });
        let (status, took) = world.asked().await;
        assert_eq!((status, service.count()), (Ok(200), 0));
        assert!(took >= Duration::from_secs(10), "{took:?}");
    });
}

#[test]
fn rfc3261_16_7_step_4_a_late_success_counts_while_the_next_is_being_tried() {
    world(true, async {
        let world = World::new(&[udp(FIRST), udp(SECOND)]);
        let (late, silent) = (Socket::bind(&world.env, FIRST), Socket::bind(&world.env, SECOND));
        tokio::task::spawn_local(answering(late, "202 Accepted", Duration::from_secs(6)));
        let (status, took) = world.asked().await;
        assert_eq!(status, Ok(202));
        assert!(took >= Duration::from_secs(6) && took < Duration::from_secs(7), "{took:?}");
        assert!(!silent.hear().await.is_empty(), "it was asked meanwhile");
    });
}

#[test]
fn rfc3261_16_7_step_6_who_finds_nobody_is_told_what_the_last_but_silent_one_said() {
    world(true, async {
        let world = World::new(&[udp(FIRST), udp(SECOND)]);
        let (refusing, _silent) = (Socket::bind(&world.env, FIRST), Socket::bind(&world.env, SECOND));
        tokio::task::spawn_local(answering(refusing, "404 Nobody", Duration::ZERO));
        let (status, took) = world.asked().await;
        assert_eq!(status, Ok(404));
        assert!(took < Duration::from_secs(5), "{took:?}");
    });
}

#[test]
fn rfc4320_4_2_where_all_are_silent_nothing_is_said() {
    world(true, async {
        let world = World::new(&[udp(FIRST), udp(SECOND)]);
        let _silent = (Socket::bind(&world.env, FIRST), Socket::bind(&world.env, SECOND));
        assert_eq!(world.asked().await.0, Err(WireError::Timeout));
    });
}

#[test]
fn rfc5626_5_3_a_flow_that_has_ended_is_passed_over_and_nothing_is_opened_in_its_place() {
    world(true, async {
        let ended = Some(ConnectionId { shard: 0, serial: 4711 });
        let streams = Streams { opened: Opened::None, ..Streams::default() };
        let flow = Hop { connection: ended, streams, ..hop(Transport::Tcp, at(FIRST)) };
        let service = Echo::new();

        let world = World::new(&[flow.clone(), udp(SECOND)]);
        let wrong = Echo::new();
        let _first = agent(config("first", Transport::Tcp, FIRST), &wrong, &world.env);
        let _second = agent(config("second", Transport::Udp, SECOND), &service, &world.env);
        assert_eq!(world.asked().await.0, Ok(200));
        assert_eq!((wrong.count(), service.count()), (0, 1), "whoever listens there now is somebody else");

        let alone = World::new(&[flow]);
        assert_eq!(alone.asked().await.0, Ok(480));
    });
}
