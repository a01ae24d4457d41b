//! One connection to a peer for all shards, and bounds that hold for all of them together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{collections::HashSet, sync::Arc, time::Duration};

use driver::{Limits, ListenerConfig, NodeConfig, NodeHandle, Shards, TlsProfile};
use support::*;
use tokio::time::timeout;
use wire::{Hop, Opened, Streams, Transport, Wire as _, WireError};

fn config(name: &str, transport: Transport) -> NodeConfig {
    let listener = ListenerConfig::new("main", at("127.0.0.1:0"), transport);
    NodeConfig { listeners: vec![listener], shards: Shards::Threads(3), ..NodeConfig::new(name) }
}

fn one(hop: Hop) -> Hop {
    Hop { streams: Streams { opened: Opened::One, ..Streams::default() }, ..hop }
}

#[test]
fn a_peer_that_bears_one_connection_is_reached_by_one_from_every_shard() {
    world(false, async {
        let env = kernel();
        let service = Echo::new();
        let server = agent(config("server", Transport::Tcp), &service, &env);
        let client = agent(config("client", Transport::Tcp), &Echo::new(), &env);
        let to = one(hop(Transport::Tcp, server.address("main").unwrap()));
        for call in 0..20 {
            client.request(message_of(&format!("call-{call}")), to.clone()).await.unwrap();
        }
        let by: HashSet<_> = service.seen.lock().iter().map(|(_, arrival)| arrival.remote).collect();
        assert_eq!(by.len(), 1);
        assert_eq!(service.count(), 20);
    });
}

#[test]
fn the_end_of_the_one_connection_fails_requests_of_all_shards_at_once() {
    world(false, async {
        let env = kernel();
        let mut listener = env.net.listen(at("127.0.0.1:0"), driver::net::Share::Alone).unwrap();
        let client = agent(config("client", Transport::Tcp), &Echo::new(), &env);
        let to = one(hop(Transport::Tcp, listener.local()));
        let ask = |call: usize| tokio::spawn(client.request(message_of(&format!("call-{call}")), to.clone()));
        let asked: Vec<_> = (0..20).map(ask).collect();
        let mut peer = Peer(std::future::poll_fn(|cx| listener.poll_accept(cx)).await.unwrap().unwrap());
        let mut heard = String::new();
        while heard.matches("MESSAGE sip:").count() < asked.len() {
            heard.push_str(&peer.hear().await);
        }
        drop((peer, listener));
        for outcome in asked {
            let outcome = timeout(Duration::from_secs(5), outcome).await.unwrap().unwrap();
            assert!(matches!(outcome, Err(WireError::Unreachable(_))), "{outcome:?}");
        }
    });
}

#[test]
fn rfc3261_18_1_1_what_only_its_length_kept_from_udp_goes_by_it_where_the_one_connection_never_was() {
    world(false, async {
        let env = kernel();
        let service = Echo::new();
        let server = agent(config("server", Transport::Udp), &service, &env);
        let client = agent(config("client", Transport::Udp), &Echo::new(), &env);
        let to = one(hop(Transport::Udp, server.address("main").unwrap()));
        for call in 0..9 {
            let long = message_of(&format!("call-{call}")).extension("X-Long", "x".repeat(1500));
            let answer = timeout(Duration::from_secs(5), client.request(long, to.clone())).await.unwrap();
            assert_eq!(answer.unwrap().response.status(), Some(200));
        }
        assert_eq!(service.count(), 9);
    });
}

#[test]
fn what_waits_for_the_one_connection_is_bounded_for_all_shards() {
    world(false, async {
        let env = kernel();
        let listener = env.net.listen(at("127.0.0.1:0"), driver::net::Share::Alone).unwrap();
        let mut profile = driver::TlsProfile::new("p", "", "", certs::Authority::new("x").unwrap().pem());
        (profile.certificate, profile.key) = (None, None);
        let limits = Limits { unopened: 4096, opening: Duration::from_millis(500), ..Limits::default() };
        let client = NodeConfig { tls: vec![profile], limits, ..config("client", Transport::Tcp) };
        let client = agent(client, &Echo::new(), &env);
        // Accepts and never shakes hands.
        let to = one(tls_hop(listener.local(), "p", "b.example"));
        let ask = |call: usize| tokio::spawn(client.request(message_of(&format!("call-{call}")), to.clone()));
        let asked: Vec<_> = (0..50).map(ask).collect();
        let mut overloaded = 0;
        for outcome in asked {
            let outcome = timeout(Duration::from_secs(5), outcome).await.unwrap().unwrap();
            overloaded += usize::from(matches!(outcome, Err(WireError::Overloaded)));
        }
        assert!((30..50).contains(&overloaded), "{overloaded}");
    });
}

#[test]
fn rfc3261_21_5_4_what_one_peer_may_ask_is_one_number_for_all_shards() {
    for transport in [Transport::Tcp, Transport::Udp] {
        world(false, async move {
            let env = kernel();
            let service = Echo::new();
            *service.delay.lock() = Some(Duration::from_secs(1));
            let limits = Limits { requests_per_peer: 5, ..Limits::default() };
            let server = agent(NodeConfig { limits, ..config("server", transport) }, &service, &env);
            let to = hop(transport, server.address("main").unwrap());
            // Each from a port of its own, so that the kernel spreads them over the shards.
            let clients: Vec<_> = (0..20)
                .map(|_| NodeConfig { shards: Shards::Threads(1), ..config("client", transport) })
                .map(|config| agent(config, &Echo::new(), &env))
                .collect();
            let asked: Vec<_> =
                clients.iter().map(|client| tokio::spawn(client.request(message(), to.clone()))).collect();
            let mut served = 0;
            for answer in asked {
                let status = answer.await.unwrap().unwrap().response.status();
                assert!([Some(200), Some(503)].contains(&status));
                served += usize::from(status == Some(200));
            }
            assert_eq!(served, 5, "{transport:?}");
        });
    }
}

#[test]
fn rfc5923_the_one_connection_is_the_one_that_the_peer_opened_whichever_shard_it_is_of() {
    world(false, async {
        let env = kernel();
        let authority = certs::Authority::new("lab").unwrap();
        let node = |domain: &str, service: &Arc<Echo>| {
            let issued = authority.issue(&certs::Leaf::new(domain).sip_domain(domain)).unwrap();
            let tls = TlsProfile::new("p", issued.cert_pem, issued.key_pem, authority.pem());
            let mut config = NodeConfig { tls: vec![tls], ..config(domain, Transport::Tls) };
            config.listeners = config.listeners.into_iter().map(|each| each.tls("p", true)).collect();
            agent(config, service, &env)
        };
        let (at_a, at_b) = (Echo::new(), Echo::new());
        let (a, b) = (node("a.example", &at_a), node("b.example", &at_b));
        let to = |node: &NodeHandle, domain: &str| one(tls_hop(node.address("main").unwrap(), "p", domain));
        b.request(message(), to(&a, "a.example")).await.unwrap();
        for call in 0..12 {
            a.request(message_of(&format!("call-{call}")), to(&b, "b.example")).await.unwrap();
        }
        let seen = at_b.seen.lock();
        assert_eq!(seen.len(), 12);
        assert!(seen.iter().all(|(_, arrival)| &*arrival.listener == "peer"), "by what it opened itself");
    });
}
