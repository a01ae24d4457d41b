//! Whom a listener lets in, and who makes room when it is full.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{sync::Arc, time::Duration};

use certs::{Authority, Leaf};
use driver::{Admission, Env, ListenerConfig, Node, NodeConfig, NodeHandle, Shards, TlsProfile};
use sip::{Message, Response};
use support::{strangers::*, *};
use tokio::time::Instant;
use wire::{Arrival, Decision, Hop, Inline, TerminateAll, Transport, Wire as _};

#[test]
fn strangers_at_a_public_listener_take_nothing_from_an_inner_one() {
    world(true, async {
        let (_, env) = memory();
        let _server = server(&env, Admission { connections: 5, ..Admission::default() });
        let mut strangers = Vec::new();
        for host in 10..15 {
            strangers.push(connect(&env, &format!("10.0.1.{host}"), PUBLIC).await);
            ask(strangers.last_mut().unwrap()).await;
        }
        let begun = Instant::now();
        let mut one_more = connect(&env, "10.0.1.99", PUBLIC).await;
        assert_eq!(one_more.hear().await, "", "all of them have been served");
        assert!(begun.elapsed() < Duration::from_secs(1), "at once");
        assert!(counts(&env, "too many connections"));
        ask(&mut connect(&env, "10.0.0.1", INNER).await).await;
    });
}

#[test]
fn the_stranger_that_has_been_idle_the_longest_makes_room_for_the_next() {
    world(true, async {
        let (_, env) = memory();
        let _server = server(&env, Admission { connections: 3, ..Admission::default() });
        let mut served = connect(&env, "10.0.1.1", PUBLIC).await;
        ask(&mut served).await;
        let mut first = connect(&env, "10.0.1.2", PUBLIC).await;
        ping(&mut first).await;
        let mut second = connect(&env, "10.0.1.3", PUBLIC).await;
        ping(&mut second).await;
        ping(&mut first).await;
        let mut next = connect(&env, "10.0.1.4", PUBLIC).await;
        ping(&mut next).await;
        assert!(is_closed(&mut second).await, "it has been idle for longer than the first");
        assert!(counts(&env, "evicted connection"));
        ping(&mut first).await;
        ask(&mut served).await;
    });
}

#[test]
fn rfc3261_11_2_whoever_has_asked_for_capabilities_alone_has_proved_nothing() {
    world(true, async {
        let (_, env) = memory();
        let _server = server(&env, Admission { connections: 1, ..Admission::default() });
        let mut stranger = connect(&env, "10.0.1.1", PUBLIC).await;
        let options = raw("SIP/2.0/TCP 10.0.0.9:1;branch=z9hG4bK1", "").replace("MESSAGE", "OPTIONS");
        stranger.say(&options).await;
        assert_eq!(stranger.hear_message().await.status(), Some(200));
        ask(&mut connect(&env, "10.0.1.2", PUBLIC).await).await;
        assert!(is_closed(&mut stranger).await, "it makes room");
    });
}

#[test]
fn who_connects_and_says_nothing_is_closed_after_ten_seconds() {
    world(true, async {
        let (_, env) = memory();
        let _server = server(&env, Admission::default());
        let begun = Instant::now();
        let mut silent = connect(&env, "10.0.1.1", PUBLIC).await;
        let mut slow = connect(&env, "10.0.1.2", PUBLIC).await;
        let mut alive = connect(&env, "10.0.1.3", PUBLIC).await;
        ping(&mut alive).await;
        tokio::time::sleep(Duration::from_secs(6)).await;
        slow.say("MESSAGE sip:bob@b.example SIP/2.0\r\n").await;
        assert_eq!(silent.hear().await, "");
        assert_eq!(begun.elapsed().as_secs(), 10);
        assert_eq!(slow.hear().await, "", "a part of a message is none");
        assert_eq!(begun.elapsed().as_secs(), 10);
        assert!(counts(&env, "no first message"));
        tokio::time::sleep(Duration::from_secs(300)).await;
        ping(&mut alive).await;
    });
}

#[test]
fn a_listener_says_how_long_the_first_message_may_take() {
    world(true, async {
        let (_, env) = memory();
        let patient = Admission { first_message: Duration::from_secs(60), ..Admission::default() };
        let _server = server(&env, patient);
        let begun = Instant::now();
        let mut silent = connect(&env, "10.0.1.1", PUBLIC).await;
        let mut inner = connect(&env, "10.0.1.1", INNER).await;
        assert_eq!(inner.hear().await, "");
        assert_eq!(begun.elapsed().as_secs(), 10);
        assert_eq!(silent.hear().await, "");
        assert_eq!(begun.elapsed().as_secs(), 60);
    });
}

#[test]
fn a_connection_cap_holds_for_all_shards_together() {
    world(false, async {
        let env = kernel();
        let four = Admission { connections: 4, ..Admission::default() };
        let listener = ListenerConfig::new("main", at("127.0.0.1:0"), Transport::Tcp).admission(four);
        let listeners = vec![listener];
        let config = NodeConfig { listeners, shards: Shards::Threads(3), ..NodeConfig::new("server") };
        let server = agent(config, &Echo::new(), &env);
        let to = server.address("main").unwrap();
        let mut strangers = Vec::new();
        for _ in 0..12 {
            strangers.push(Peer::connect(&env, to).await);
            ping(strangers.last_mut().unwrap()).await;
        }
        // Each made the oldest go, whichever shards the two were of.
        for gone in strangers.drain(..8) {
            let mut gone = gone;
            assert_eq!(gone.hear().await, "");
        }
        for stays in &mut strangers {
            ping(stays).await;
        }
    });
}

struct Border {
    env: Env,
    server: NodeHandle,
    ours: Authority,
    theirs: Authority,
}

fn profile(issuer: &Authority, domain: &str, trusted: &Authority) -> TlsProfile {
    let issued = issuer.issue(&Leaf::new(domain).sip_domain(domain)).unwrap();
    TlsProfile::new("border", issued.cert_pem, issued.key_pem, trusted.pem())
}

impl Border {
    fn new(admission: Admission, client_auth: bool, chain: Arc<dyn Inline>) -> Self {
        let (_, env) = memory();
        let (ours, theirs) = (Authority::new("a lab").unwrap(), Authority::new("b lab").unwrap());
        let tls = profile(&ours, "a.example", &theirs);
        let listener = ListenerConfig::new("border", at("10.0.0.2:5061"), Transport::Tls);
        let listeners = vec![listener.tls("border", client_auth).admission(admission)];
        let config = NodeConfig { listeners, tls: vec![tls], ..NodeConfig::new("server") };
        let server = Node::start(config, chain, Echo::new(), &env).unwrap();
        Self { env, server, ours, theirs }
    }

    /// A partner that asks once, and keeps its connection.
    async fn partner(&self) -> NodeHandle {
        let tls = profile(&self.theirs, "b.example", &self.ours);
        let node =
            agent(NodeConfig { tls: vec![tls], ..NodeConfig::new("partner") }, &Echo::new(), &self.env);
        node.request(message(), self.hop()).await.unwrap();
        node
    }

    fn hop(&self) -> Hop {
        tls_hop(self.server.address("border").unwrap(), "border", "a.example")
    }

    async fn half_open(&self, from: &str) -> Peer {
        connect(&self.env, from, "10.0.0.2:5061").await
    }
}

#[test]
fn handshakes_of_a_few_addresses_do_not_keep_others_from_theirs() {
    world(true, async {
        let border =
            Border::new(Admission { handshakes: 16, ..Admission::default() }, true, Arc::new(TerminateAll));
        let mut half_open = Vec::new();
        for place in 0..16 {
            half_open.push(border.half_open(&format!("10.0.1.{}", place / 2)).await);
        }
        tokio::task::yield_now().await;
        let begun = Instant::now();
        let _partner = border.partner().await;
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert!(is_closed(&mut half_open[0]).await, "the oldest makes room");
        assert!(!is_closed(&mut half_open[1]).await);
        assert!(counts(&border.env, "evicted handshake"));
        let mut third = border.half_open("10.0.1.4").await;
        assert_eq!(third.hear().await, "");
        assert!(counts(&border.env, "too many handshakes of one address"));
    });
}

#[test]
fn a_handshake_is_given_up_at_its_deadline() {
    world(true, async {
        let quick = Admission { handshake: Duration::from_secs(2), ..Admission::default() };
        let border = Border::new(quick, true, Arc::new(TerminateAll));
        let begun = Instant::now();
        assert_eq!(border.half_open("10.0.1.1").await.hear().await, "");
        assert_eq!(begun.elapsed().as_secs(), 2);
    });
}

#[test]
fn whoever_has_shown_a_certificate_does_not_make_room_for_strangers() {
    world(true, async {
        let border =
            Border::new(Admission { connections: 2, ..Admission::default() }, true, Arc::new(TerminateAll));
        let partner = border.partner().await;
        let mut half_open = Vec::new();
        for host in 0..8 {
            half_open.push(border.half_open(&format!("10.0.1.{host}")).await);
        }
        tokio::task::yield_now().await;
        assert!(is_closed(&mut half_open[6]).await);
        partner.request(message(), border.hop()).await.unwrap();
        let open = border.env.metrics.text();
        assert!(open.contains("sip_connections{node=\"partner\",transport=\"TLS\"} 1"), "{open}");
        assert!(open.contains("tls_handshakes_total{node=\"server\",outcome=\"accepted\"} 1"), "the same");
    });
}

/// Answers everybody with 403.
struct Refusing;

impl Inline for Refusing {
    fn request(&self, _: &Message, _: &Arrival) -> Decision {
        Decision::Respond(Response::new(403))
    }
}

#[test]
fn a_certificate_is_a_proof_and_a_request_that_is_refused_is_none() {
    for client_auth in [true, false] {
        world(true, async move {
            let one = Admission { connections: 1, ..Admission::default() };
            let border = Border::new(one, client_auth, Arc::new(Refusing));
            let _partner = border.partner().await;
            let mut stranger = border.half_open("10.0.1.1").await;
            tokio::task::yield_now().await;
            assert_eq!(is_closed(&mut stranger).await, client_auth, "with a certificate: {client_auth}");
            assert_eq!(counts(&border.env, "evicted connection"), !client_auth);
        });
    }
}
