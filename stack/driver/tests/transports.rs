//! One request and its response, over every transport, over memory and over loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use driver::{ListenerConfig, NodeConfig, Shards, TlsProfile};
use sip::Name;
use socket2::{Domain, Socket, Type};
use support::*;
use wire::{Transport, Vias, Wire as _};

fn node(name: &str, transport: Transport, address: &str) -> NodeConfig {
    let listener = ListenerConfig::new("main", at(address), transport);
    NodeConfig { listeners: vec![listener], ..NodeConfig::new(name) }
}

async fn request_and_response(env: driver::Env, transport: Transport, address: &str, shards: Shards) {
    let service = Echo::new();
    let server = agent(NodeConfig { shards, ..node("server", transport, address) }, &service, &env);
    let relay = Relay::new(hop(transport, server.address("main").unwrap()), Vias::Add);
    let middle = proxy(NodeConfig { shards, ..node("middle", transport, address) }, &relay, &env);
    let client = agent(NodeConfig { shards, ..node("client", transport, address) }, &Echo::new(), &env);

    for _ in 0..10 {
        let answer =
            client.request(message(), hop(transport, middle.address("main").unwrap())).await.unwrap();
        assert_eq!(answer.response.status(), Some(200));
        assert_eq!(answer.response.values(Name::Via).count(), 1);
        assert_eq!(answer.arrival.remote.ip(), middle.address("main").unwrap().ip());
    }

    let (request, arrival) = service.last();
    assert_eq!(service.count(), 10);
    assert_eq!(request.body(), b"hello");
    assert_eq!(request.values(Name::Via).count(), 2);
    assert_eq!(request.header(Name::MaxForwards), Some(&b"69"[..]));
    assert_eq!((arrival.transport, &*arrival.listener), (transport, "main"));
}

#[test]
fn rfc3261_18_udp_in_memory() {
    world(true, async {
        request_and_response(memory().1, Transport::Udp, "10.0.0.1:0", Shards::Local).await
    });
}

#[test]
fn rfc3261_18_tcp_in_memory() {
    world(true, async {
        request_and_response(memory().1, Transport::Tcp, "10.0.0.1:0", Shards::Local).await
    });
}

#[test]
fn rfc3261_18_udp_over_loopback() {
    for (shards, address) in
        [(Shards::Local, "127.0.0.1:0"), (Shards::Threads(2), "127.0.0.1:0"), (Shards::Threads(2), "[::1]:0")]
    {
        world(false, async { request_and_response(kernel(), Transport::Udp, address, shards).await });
    }
}

#[test]
fn what_the_kernel_drops_is_counted() {
    world(false, async {
        let env = kernel();
        let node = agent(node("server", Transport::Udp, "127.0.0.1:0"), &Echo::new(), &env);
        let address = node.address("main").unwrap();
        let line = format!("udp_receive_drops_total{{node=\"server\",address=\"{address}\"}} 0");
        assert!(env.metrics.text().contains(&line), "{}", env.metrics.text());
    });
}

#[test]
fn rfc3261_18_tcp_over_loopback() {
    for (shards, address) in
        [(Shards::Local, "127.0.0.1:0"), (Shards::Threads(2), "127.0.0.1:0"), (Shards::Threads(2), "[::1]:0")]
    {
        world(false, async { request_and_response(kernel(), Transport::Tcp, address, shards).await });
    }
}

/// A socket that is reset before it is accepted has no peer any more; it must not take the listener with it.
#[test]
fn connections_reset_before_they_are_accepted_cost_only_themselves() {
    world(false, async {
        let env = kernel();
        let config =
            NodeConfig { shards: Shards::Threads(1), ..node("server", Transport::Tcp, "127.0.0.1:0") };
        let server = agent(config, &Echo::new(), &env);
        let address = server.address("main").unwrap();
        for _ in 0..3_000 {
            let stranger = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            stranger.set_linger(Some(Duration::ZERO)).unwrap();
            stranger.connect(&address.into()).unwrap();
        }
        let mut peer = Peer::connect(&env, address).await;
        peer.say(&raw("SIP/2.0/TCP a.example;branch=z9hG4bK1", "")).await;
        assert_eq!(peer.hear_message().await.status(), Some(200));
    });
}

#[test]
fn topology_hiding_vias_stand_alone_and_come_back_from_state() {
    world(true, async {
        let (_, env) = memory();
        let service = Echo::new();
        let server = agent(node("server", Transport::Tcp, "10.0.0.3:5060"), &service, &env);
        let relay = Relay::new(hop(Transport::Tcp, server.address("main").unwrap()), Vias::Replace);
        let middle = proxy(node("middle", Transport::Tcp, "10.0.0.2:5060"), &relay, &env);

        let mut peer = Peer::connect(&env, middle.address("main").unwrap()).await;
        peer.say(&raw(
            "SIP/2.0/TCP a.example;branch=z9hG4bK1, SIP/2.0/UDP inner.a.example;branch=z9hG4bK0",
            "",
        ))
        .await;
        let response = peer.hear_message().await;

        let vias: Vec<_> =
            response.values(Name::Via).map(|via| String::from_utf8_lossy(via).into_owned()).collect();
        assert_eq!(vias[0], "SIP/2.0/TCP a.example;branch=z9hG4bK1;received=127.0.0.1");
        assert_eq!(vias[1], "SIP/2.0/UDP inner.a.example;branch=z9hG4bK0");
        let (request, _) = service.last();
        assert_eq!(request.values(Name::Via).count(), 1);
        assert!(!String::from_utf8_lossy(request.bytes()).contains("inner.a.example"));
    });
}

#[test]
fn rfc3261_26_3_1_mutual_tls_over_loopback() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        world(false, async move {
            let env = kernel();
            let authority = certs::Authority::new("lab").unwrap();
            let profile = |domain: &str| {
                let issued = authority.issue(&certs::Leaf::new(domain).sip_domain(domain)).unwrap();
                TlsProfile::new("p", issued.cert_pem, issued.key_pem, authority.pem())
            };
            let tls = |name: &str, domain: &str| {
                let listener = ListenerConfig::new("main", at(address), Transport::Tls).tls("p", true);
                let (listeners, shards) = (vec![listener.sent_by(domain)], Shards::Threads(2));
                NodeConfig { listeners, shards, tls: vec![profile(domain)], ..NodeConfig::new(name) }
            };
            let service = Echo::new();
            let server = agent(tls("server", "b.example"), &service, &env);
            let next = tls_hop(server.address("main").unwrap(), "p", "b.example");
            let middle = proxy(tls("middle", "a.example"), &Relay::new(next, Vias::Replace), &env);
            let client = agent(tls("client", "c.example"), &Echo::new(), &env);
            let to = tls_hop(middle.address("main").unwrap(), "p", "a.example");
            for _ in 0..10 {
                let answer = client.request(message(), to.clone()).await.unwrap();
                assert_eq!(answer.response.status(), Some(200));
            }
            let (request, arrival) = service.last();
            assert!(arrival.certificate.is_some_and(|certificate| certificate.proves("a.example")));
            assert!(request.header(Name::Via).unwrap().starts_with(b"SIP/2.0/TLS a.example;"));
        });
    }
}
