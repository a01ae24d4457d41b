//! Streams: framing, keep-alives, peers that stall or do not read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use driver::{Limits, NodeConfig};
use support::{streams::*, *};
use tokio::time::Instant;
use wire::{Hop, Transport, Wire as _};

#[test]
fn rfc3261_18_3_messages_are_split_and_merged_at_any_octet() {
    world(true, async {
        let (_, env) = memory();
        let (_server, service) = server(&env, Limits::default());
        let text: String = (0..5).map(request).collect();
        for size in [1, 7, 100, 701, text.len()] {
            let mut peer = Peer::connect(&env, at(SERVER)).await;
            for piece in text.as_bytes().chunks(size) {
                peer.say(std::str::from_utf8(piece).unwrap()).await;
                tokio::task::yield_now().await;
            }
            hear_responses(&mut peer, 5).await;
            // The branches are used again on purpose: over a stream nothing is remembered of what was answered.
        }
        assert_eq!(service.count(), 25);
    });
}

#[test]
fn rfc5626_3_5_1_a_ping_is_answered_by_a_pong() {
    world(true, async {
        let (_, env) = memory();
        let (_server, _) = server(&env, Limits::default());
        let mut peer = Peer::connect(&env, at(SERVER)).await;
        peer.say("\r\n\r\n").await;
        assert_eq!(peer.hear().await, "\r\n");
        peer.say(&request(1)).await;
        hear_responses(&mut peer, 1).await;
    });
}

#[test]
fn a_body_is_never_read_as_the_next_request() {
    for length in [
        "Content-Length: 4294967296",
        "Content-Length: 5\r\nContent-Length: 4",
        "Content-Length: 5;x",
        "X: y",
    ] {
        world(true, async move {
            let (_, env) = memory();
            let (_server, service) = server(&env, Limits::default());
            let mut peer = Peer::connect(&env, at(SERVER)).await;
            let smuggled = request(1).replace("Content-Length: 5", length).replace("hello", &request(2));
            peer.say(&smuggled).await;
            let mut heard = String::new();
            loop {
                let more = peer.hear().await;
                if more.is_empty() {
                    break;
                }
                heard.push_str(&more);
            }
            assert!(heard.starts_with("SIP/2.0 4"), "{length}: {heard}");
            assert_eq!(heard.matches("CSeq: ").count(), 1, "{heard}");
            assert_eq!(service.count(), 0, "{length}");
        });
    }
}

#[test]
fn an_oversize_message_is_refused_413_before_it_has_come() {
    world(true, async {
        let (_, env) = memory();
        let (_server, _) = server(&env, Limits::default());
        let mut peer = Peer::connect(&env, at(SERVER)).await;
        peer.say(&request(1).replace("Content-Length: 5", "Content-Length: 2000000")).await;
        assert!(peer.hear().await.starts_with("SIP/2.0 413 "));
        assert_eq!(peer.hear().await, "");
    });
}

#[test]
fn a_peer_that_stalls_in_a_message_is_closed_and_delays_nobody() {
    world(true, async {
        let (_, env) = memory();
        let (_server, service) = server(&env, Limits::default());
        let mut stalled = Peer::connect(&env, at(SERVER)).await;
        stalled.say("MESSAGE sip:b@b SIP/2.0\r\nVia: ").await;
        let begun = Instant::now();
        let mut other = Peer::connect(&env, at(SERVER)).await;
        other.say(&request(1)).await;
        hear_responses(&mut other, 1).await;
        assert!(begun.elapsed() < Duration::from_millis(100));
        // An octet now and then does not help.
        tokio::time::sleep(Duration::from_secs(6)).await;
        stalled.say("SIP").await;
        assert_eq!(stalled.hear().await, "");
        assert_eq!(begun.elapsed().as_secs(), 10);
        assert_eq!(service.count(), 1);
    });
}

#[test]
fn an_idle_connection_is_closed_and_one_that_is_waited_for_is_not() {
    world(true, async {
        let (_, env) = memory();
        let limits = Limits { idle: Duration::from_secs(5), ..Limits::default() };
        let (_server, service) = server(&env, limits);
        *service.delay.lock() = Some(Duration::from_secs(20));
        let begun = Instant::now();
        let mut peer = Peer::connect(&env, at(SERVER)).await;
        peer.say(&request(1)).await;
        assert!(peer.hear().await.starts_with("SIP/2.0 100 "));
        hear_responses(&mut peer, 1).await;
        assert_eq!(begun.elapsed().as_secs(), 20);
        assert_eq!(peer.hear().await, "");
        assert!(begun.elapsed().as_secs() <= 30, "{:?}", begun.elapsed());
    });
}

#[test]
fn rfc5626_4_4_1_a_client_that_nobody_can_connect_to_keeps_its_connection_alive() {
    world(true, async {
        let (_, env) = memory();
        let (server, at_server) = server(&env, Limits::default());
        let at_client = Echo::new();
        let client = agent(NodeConfig::new("client"), &at_client, &env);
        client.request(message(), hop(Transport::Tcp, at(SERVER))).await.unwrap();
        let connection = at_server.last().1.connection;
        tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
        let back = Hop { connection, ..hop(Transport::Tcp, at("127.0.0.1:1")) };
        server.request(message(), back).await.unwrap();
        assert_eq!(at_client.count(), 1);
    });
}

#[test]
fn a_peer_that_does_not_read_is_closed_and_its_memory_is_bounded() {
    world(true, async {
        let (_, env) = memory();
        let limits = Limits { unread: 64 << 10, ..Limits::default() };
        let (_server, _) = server(&env, limits);
        let mut flood = Peer::connect(&env, at(SERVER)).await;
        let many: String = (0..2000).map(request).collect();
        flood.say(&many).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(env.metrics.text().contains("reason=\"unread\""));
        assert!(env.metrics.text().contains("sip_connections{node=\"server\",transport=\"TCP\"} 0"));
        let mut other = Peer::connect(&env, at(SERVER)).await;
        other.say(&request(1)).await;
        hear_responses(&mut other, 1).await;
    });
}
