//! Connections: how many there may be, whom they serve, links that are cut, and how a node drains.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use driver::{Admission, Limits, ListenerConfig, Network, NodeConfig};
use sip::Name;
use support::{streams::*, *};
use tokio::time::Instant;
use wire::{ConnectionId, Hop, Transport, Vias, Wire as _, WireError};

#[test]
fn connections_are_capped_per_address() {
    world(true, async {
        let (_, env) = memory();
        let two = Admission { per_address: 2, ..Admission::default() };
        let listener = ListenerConfig::new("main", at(SERVER), Transport::Tcp).admission(two);
        let config = NodeConfig { listeners: vec![listener], ..NodeConfig::new("server") };
        let _server = agent(config, &Echo::new(), &env);
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut peer = Peer::connect(&env, at(SERVER)).await;
            peer.say("\r\n\r\n").await;
            assert_eq!(peer.hear().await, "\r\n");
            held.push(peer);
        }
        let begun = Instant::now();
        let mut third = Peer::connect(&env, at(SERVER)).await;
        assert_eq!(third.hear().await, "");
        assert!(begun.elapsed() < Duration::from_secs(1), "at once");
        let stream = env.net.connect(Some("10.0.0.77".parse().unwrap()), at(SERVER)).await.unwrap();
        let mut elsewhere = Peer(stream);
        elsewhere.say("\r\n\r\n").await;
        assert_eq!(elsewhere.hear().await, "\r\n");
        held.clear();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut again = Peer::connect(&env, at(SERVER)).await;
        again.say("\r\n\r\n").await;
        assert_eq!(again.hear().await, "\r\n");
    });
}

#[test]
fn a_listener_with_trusted_sources_takes_nobody_elses_traffic() {
    world(true, async {
        let (_, env) = memory();
        let service = Echo::new();
        let mut config = NodeConfig::new("server");
        for transport in [Transport::Tcp, Transport::Udp] {
            let mut listener = ListenerConfig::new("inner", at(SERVER), transport);
            listener.trusted = vec![Network::parse("10.0.0.0/24").unwrap()];
            config.listeners.push(listener);
        }
        let _server = agent(config, &service, &env);
        let mut stranger =
            Peer(env.net.connect(Some("10.0.1.1".parse().unwrap()), at(SERVER)).await.unwrap());
        assert_eq!(stranger.hear().await, "");
        let mut known = Peer(env.net.connect(Some("10.0.0.1".parse().unwrap()), at(SERVER)).await.unwrap());
        known.say(&request(1)).await;
        hear_responses(&mut known, 1).await;
        let stranger = Socket::bind(&env, "10.0.1.1:5060");
        stranger.say(at(SERVER), &raw("SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK1", ""));
        assert!(stranger.hear().await.is_empty());
        assert_eq!(service.count(), 1);
    });
}

#[test]
fn a_refused_connection_fails_everybody_who_waits_for_it_at_once() {
    world(true, async {
        let (_, env) = memory();
        let client = client(&env, Limits::default());
        let begun = Instant::now();
        let asked: Vec<_> = (0..20)
            .map(|_| tokio::spawn(client.request(message(), hop(Transport::Tcp, at(SERVER)))))
            .collect();
        for outcome in asked {
            assert!(matches!(outcome.await.unwrap(), Err(WireError::Unreachable(_))));
        }
        assert!(begun.elapsed() < Duration::from_secs(1));
    });
}

#[test]
fn what_waits_for_a_connection_is_bounded() {
    world(true, async {
        let (_, env) = memory();
        let limits = Limits { unopened: 4096, ..Limits::default() };
        let client = client(&env, limits);
        // Accepts and never shakes hands.
        let _listener = env.net.listen(at(SERVER), driver::net::Share::Alone).unwrap();
        let mut profile = driver::TlsProfile::new("p", "", "", certs::Authority::new("x").unwrap().pem());
        (profile.certificate, profile.key) = (None, None);
        client.reload_tls(&[profile]).unwrap();
        let to = tls_hop(at(SERVER), "p", "b.example");
        let asked: Vec<_> = (0..50).map(|_| tokio::spawn(client.request(message(), to.clone()))).collect();
        let mut outcomes = Vec::new();
        for outcome in asked {
            outcomes.push(outcome.await.unwrap().unwrap_err());
        }
        let overloaded = outcomes.iter().filter(|outcome| **outcome == WireError::Overloaded).count();
        assert!((30..50).contains(&overloaded), "{overloaded}");
        let late = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, WireError::Unreachable(why) if why.ends_with(": too slow")));
        assert_eq!(late.count(), 50 - overloaded);
    });
}

#[test]
fn a_cut_link_fails_what_is_under_way_and_a_mended_one_serves_again() {
    world(true, async {
        let (net, env) = memory();
        let (_server, service) = server(&env, Limits::default());
        let client = client(&env, Limits::default());
        let (here, there) = ("127.0.0.1".parse().unwrap(), at(SERVER).ip());
        let to = hop(Transport::Tcp, at(SERVER));
        client.request(message(), to.clone()).await.unwrap();
        *service.delay.lock() = Some(Duration::from_secs(3));
        let begun = Instant::now();
        let asked = tokio::spawn(client.request(message(), to.clone()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        net.cut(here, there);
        assert!(matches!(asked.await.unwrap(), Err(WireError::Unreachable(_))));
        assert!(matches!(client.request(message(), to.clone()).await, Err(WireError::Unreachable(_))));
        assert!(begun.elapsed() < Duration::from_secs(2));
        net.mend(here, there);
        client.request(message(), to).await.unwrap();
    });
}

#[test]
fn rfc5923_a_request_goes_back_by_the_connection_that_the_peer_opened() {
    world(true, async {
        let (_, env) = memory();
        let (server, service) = server(&env, Limits::default());
        let inbound = Echo::new();
        let client = agent(NodeConfig::new("client"), &inbound, &env);
        client.request(message(), hop(Transport::Tcp, at(SERVER))).await.unwrap();
        let (_, arrival) = service.last();
        let flow = Hop { connection: arrival.connection, ..hop(Transport::Tcp, at("10.0.0.99:1")) };
        let answer = server.request(message(), flow.clone()).await.unwrap();
        assert_eq!(answer.arrival.connection, arrival.connection);
        assert_eq!(inbound.count(), 1);
        let gone = ConnectionId { serial: 999, ..arrival.connection.unwrap() };
        let outcome = server.request(message(), Hop { connection: Some(gone), ..flow }).await;
        assert!(
            matches!(outcome, Err(WireError::Unreachable(_))),
            "falls back to the address, where nobody is"
        );
    });
}

#[test]
fn drain_finishes_what_is_under_way_and_refuses_what_is_new() {
    world(true, async {
        let (_, env) = memory();
        let (server, service) = server(&env, Limits::default());
        *service.delay.lock() = Some(Duration::from_secs(3));
        let mut peer = Peer::connect(&env, at(SERVER)).await;
        peer.say(&request(1)).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let begun = Instant::now();
        let drained = tokio::spawn(async move { server.drain(Duration::from_secs(30)).await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        peer.say(&request(2)).await;
        let refused = peer.hear_message().await;
        assert_eq!(refused.status(), Some(503));
        assert!(refused.header(Name::RetryAfter).is_some());
        hear_responses(&mut peer, 1).await;
        drained.await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 2);
        assert_eq!(peer.hear().await, "", "closed");
        assert!(env.net.connect(None, at(SERVER)).await.is_err(), "nobody listens");
        assert_eq!(service.count(), 1);
    });
}

#[test]
fn drain_ends_at_its_deadline() {
    world(true, async {
        let (_, env) = memory();
        let (server, service) = server(&env, Limits::default());
        *service.delay.lock() = Some(Duration::from_secs(25));
        let mut peer = Peer::connect(&env, at(SERVER)).await;
        peer.say(&request(1)).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        let begun = Instant::now();
        server.drain(Duration::from_secs(2)).await;
        assert_eq!(begun.elapsed().as_secs(), 2);
    });
}

#[test]
fn too_many_deliveries_and_too_many_transactions_are_told_to_retry_after() {
    world(true, async {
        let (_, env) = memory();
        let limits = Limits { deliveries: 4, ..Limits::default() };
        let (_server, service) = server(&env, limits);
        *service.delay.lock() = Some(Duration::from_secs(1));
        let mut peer = Peer::connect(&env, at(SERVER)).await;
        peer.say(&(0..3).map(request).collect::<String>()).await;
        let refused = peer.hear_message().await;
        assert_eq!((refused.status(), refused.header(Name::RetryAfter)), (Some(503), Some(&b"5"[..])));
        hear_responses(&mut peer, 2).await;
    });
}

#[test]
fn a_relay_over_streams_keeps_its_pool() {
    world(true, async {
        let (_, env) = memory();
        let (_server, service) = server(&env, Limits::default());
        let relay = Relay::new(hop(Transport::Tcp, at(SERVER)), Vias::Add);
        let listener = ListenerConfig::new("main", at("10.0.0.3:5060"), Transport::Tcp);
        let config = NodeConfig { listeners: vec![listener], ..NodeConfig::new("proxy") };
        let _proxy = proxy(config, &relay, &env);
        let mut peer = Peer::connect(&env, at("10.0.0.3:5060")).await;
        peer.say(&(0..50).map(request).collect::<String>()).await;
        hear_responses(&mut peer, 50).await;
        let seen = service.seen.lock();
        assert!(seen.iter().all(|(_, arrival)| arrival.connection == seen[0].1.connection));
        assert_eq!(seen[0].1.remote.ip(), at("10.0.0.3:0").ip(), "the source is the listener's own address");
    });
}

#[test]
fn a_peer_with_too_many_unanswered_requests_is_told_so_and_another_is_served() {
    world(true, async {
        let (_, env) = memory();
        let limits = Limits { requests_per_peer: 2, ..Limits::default() };
        let (_server, service) = server(&env, limits);
        *service.delay.lock() = Some(Duration::from_secs(1));
        let mut greedy = Peer::connect(&env, at(SERVER)).await;
        greedy.say(&(0..3).map(request).collect::<String>()).await;
        assert_eq!(greedy.hear_message().await.status(), Some(503));
        let mut other = Peer(env.net.connect(Some("10.0.0.77".parse().unwrap()), at(SERVER)).await.unwrap());
        other.say(&request(9)).await;
        assert_eq!(other.hear_message().await.status(), Some(200));
        hear_responses(&mut greedy, 2).await;
        greedy.say(&request(4)).await;
        hear_responses(&mut greedy, 1).await;
    });
}

#[test]
fn messages_that_never_come_whole_are_bounded_in_all() {
    world(true, async {
        let (_, env) = memory();
        let limits = Limits { buffered: 512 << 10, ..Limits::default() };
        let (_server, _) = server(&env, limits);
        let begun = format!(
            "{}{}",
            request(1).replace("Content-Length: 5", "Content-Length: 900000"),
            "x".repeat(100_000)
        );
        let mut peers = Vec::new();
        for _ in 0..20 {
            let mut peer = Peer::connect(&env, at(SERVER)).await;
            peer.say(&begun).await;
            peers.push(peer);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let open = env.metrics.text();
        assert!(open.contains("sip_connections{node=\"server\",transport=\"TCP\"} 5"), "{open}");
        let mut small = Peer::connect(&env, at(SERVER)).await;
        small.say(&request(1)).await;
        hear_responses(&mut small, 1).await;
    });
}
