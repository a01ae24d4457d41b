//! Copies, strays, timeouts and what a panic costs.
//! RFC 3261 clauses 16, 17 and 18
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{sync::Arc, time::Duration};

use driver::{Env, ListenerConfig, NodeConfig, NodeHandle};
use sip::{Method, Name, Request};
use support::*;
use tokio::time::Instant;
use wire::{Transport, Vias, Wire as _, WireError};

fn config(name: &str, transport: Transport, address: &str) -> NodeConfig {
    let listener = ListenerConfig::new("main", at(address), transport);
    NodeConfig { listeners: vec![listener], ..NodeConfig::new(name) }
}

fn udp_server(env: &Env) -> (NodeHandle, Arc<Echo>) {
    let service = Echo::new();
    (agent(config("server", Transport::Udp, "10.0.0.2:5060"), &service, env), service)
}

const SERVER: &str = "10.0.0.2:5060";

#[test]
fn rfc3261_17_2_2_a_retransmission_is_absorbed_and_answered_with_the_identical_response() {
    world(true, async {
        let (_, env) = memory();
        let (_server, service) = udp_server(&env);
        let peer = Socket::bind(&env, "10.0.0.1:5060");
        let request = raw("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx", "");
        peer.say(at(SERVER), &request);
        let first = peer.hear().await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        peer.say(at(SERVER), &request);
        assert_eq!(first, peer.hear().await);
        assert!(first[0].starts_with("SIP/2.0 200 OK\r\n"), "{first:?}");
        assert_eq!(service.count(), 1);
        tokio::time::sleep(Duration::from_secs(20)).await;
        peer.say(at(SERVER), &request);
        peer.hear().await;
        assert_eq!(service.count(), 2, "timer J is over");
    });
}

#[test]
fn rfc3261_17_2_3_a_request_is_no_copy_of_what_another_host_or_connection_sent() {
    world(true, async {
        let (_, env) = memory();
        let service = Echo::new();
        let mut both = config("server", Transport::Udp, SERVER);
        both.listeners.push(ListenerConfig::new("stream", at(SERVER), Transport::Tcp));
        let _server = agent(both, &service, &env);
        // Whoever guesses the branch of a neighbour's next request sends it first.
        let guessed = raw("SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bKx", "");
        for (count, host) in [(1, "10.0.0.66:5060"), (2, "10.0.0.1:5060")] {
            let peer = Socket::bind(&env, host);
            peer.say(at(SERVER), &guessed);
            assert!(peer.hear().await[0].starts_with("SIP/2.0 200 "));
            assert_eq!(service.count(), count);
        }
        let moved = Socket::bind(&env, "10.0.0.1:7000");
        moved.say(at(SERVER), &guessed);
        moved.hear().await;
        assert_eq!(service.count(), 2, "a copy after a NAT has changed its mind");
        *service.delay.lock() = Some(Duration::from_secs(1));
        let mut connected = (Peer::connect(&env, at(SERVER)).await, Peer::connect(&env, at(SERVER)).await);
        connected.0.say(&guessed).await;
        connected.1.say(&guessed).await;
        assert_eq!(connected.0.hear_message().await.status(), Some(200));
        assert_eq!(connected.1.hear_message().await.status(), Some(200));
        assert_eq!(service.count(), 4);
    });
}

#[test]
fn rfc4320_4_1_100_is_sent_late_and_only_once_copies_come() {
    world(true, async {
        let (_, env) = memory();
        let (_server, service) = udp_server(&env);
        *service.delay.lock() = Some(Duration::from_secs(10));
        let peer = Socket::bind(&env, "10.0.0.1:5060");
        let begun = Instant::now();
        peer.say(at(SERVER), &raw("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx", ""));
        assert!(peer.hear().await[0].starts_with("SIP/2.0 100 "));
        assert_eq!(begun.elapsed().as_millis() / 100, 35);
        assert!(peer.hear().await[0].starts_with("SIP/2.0 200 "));
    });
}

#[test]
fn rfc3581_4_and_18_2_2_the_response_goes_where_the_request_came_from() {
    world(true, async {
        let (_, env) = memory();
        let (_server, _) = udp_server(&env);
        let peer = Socket::bind(&env, "10.0.0.1:7000");
        let named = Socket::bind(&env, "10.0.0.9:5060");
        peer.say(at(SERVER), &raw("SIP/2.0/UDP 10.0.0.9:5060;rport;branch=z9hG4bKx", ""));
        let response = peer.hear().await;
        assert!(
            response[0].contains("SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKx;received=10.0.0.1;rport=7000"),
            "{response:?}"
        );
        let ported = Socket::bind(&env, "10.0.0.1:5099");
        peer.say(at(SERVER), &raw("SIP/2.0/UDP 10.0.0.9:5099;branch=z9hG4bKy;maddr=10.0.0.9", ""));
        assert!(
            ported.hear().await[0].contains("received=10.0.0.1"),
            "the port of Via, the address of the datagram"
        );
        assert!(named.hear().await.is_empty());
    });
}

#[test]
fn rfc3261_18_1_2_a_stray_response_is_dropped_and_counted() {
    world(true, async {
        let (_, env) = memory();
        let relay = Relay::new(hop(Transport::Udp, at("10.0.0.3:5060")), Vias::Add);
        let _proxy = proxy(config("proxy", Transport::Udp, SERVER), &relay, &env);
        let (peer, victim) = (Socket::bind(&env, "10.0.0.1:5060"), Socket::bind(&env, "10.0.0.9:5060"));
        peer.say(
            at(SERVER),
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKq\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKv\r\n\
             From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n",
        );
        assert!(victim.hear().await.is_empty());
        assert!(env.metrics.text().contains("sip_dropped_total{node=\"proxy\",reason=\"stray response\"} 1"));
    });
}

#[test]
fn rfc3261_17_1_2_timer_e_repeats_the_same_octets_and_timer_f_gives_up() {
    world(true, async {
        let (_, env) = memory();
        let (client, _) = udp_server(&env);
        let silent = Socket::bind(&env, "10.0.0.3:5060");
        let begun = Instant::now();
        let asked = tokio::spawn(client.request(message(), hop(Transport::Udp, at("10.0.0.3:5060"))));
        let mut heard = Vec::new();
        while begun.elapsed() < Duration::from_secs(31) {
            heard.extend(silent.hear().await);
        }
        assert_eq!(heard.len(), 11, "0, 0.5, 1.5, 3.5, 7.5, then every 4 s");
        assert!(heard.iter().all(|copy| *copy == heard[0]));
        assert_eq!(asked.await.unwrap().unwrap_err(), WireError::Timeout);
        assert_eq!(begun.elapsed().as_secs(), 32);
    });
}

#[test]
fn rfc3261_17_1_3_late_copies_of_a_response_are_absorbed() {
    world(true, async {
        let (_, env) = memory();
        let (client, _) = udp_server(&env);
        let server = Socket::bind(&env, "10.0.0.3:5060");
        let asked = tokio::spawn(client.request(message(), hop(Transport::Udp, at("10.0.0.3:5060"))));
        let request = parse(&server.hear().await[0]);
        let via = String::from_utf8_lossy(request.header(Name::Via).unwrap()).into_owned();
        let response = format!(
            "SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\r\n"
        );
        (0..3).for_each(|_| server.say(at(SERVER), &response));
        asked.await.unwrap().unwrap();
        assert!(!env.metrics.text().contains("reason=\"stray response\""));
    });
}

#[test]
fn rfc3261_16_7_a_comma_joined_via_loses_its_first_value_only() {
    world(true, async {
        let (_, env) = memory();
        let relay = Relay::new(hop(Transport::Udp, at("10.0.0.3:5060")), Vias::Add);
        let _proxy = proxy(config("proxy", Transport::Udp, SERVER), &relay, &env);
        let (peer, server) = (Socket::bind(&env, "10.0.0.1:5060"), Socket::bind(&env, "10.0.0.3:5060"));
        peer.say(at(SERVER), &raw("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx", ""));
        let request = parse(&server.hear().await[0]);
        let vias: Vec<_> =
            request.values(Name::Via).map(|via| String::from_utf8_lossy(via).into_owned()).collect();
        server.say(
            at(SERVER),
            &format!(
                "SIP/2.0 200 OK\r\nVia: {}\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: raw-1\r\nCSeq: 1 MESSAGE\r\n\r\n",
                vias.join(", ")
            ),
        );
        let response = parse(&peer.hear().await[0]);
        let left: Vec<_> = response.values(Name::Via).collect();
        assert_eq!(left, [b"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx"]);
    });
}

#[test]
fn rfc3261_16_3_max_forwards_of_zero_and_loops_are_refused() {
    world(true, async {
        let (_, env) = memory();
        let relay = Relay::new(hop(Transport::Udp, at(SERVER)), Vias::Add);
        let _proxy = proxy(config("proxy", Transport::Udp, SERVER), &relay, &env);
        let peer = Socket::bind(&env, "10.0.0.1:5060");
        peer.say(at(SERVER), &raw("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1", ""));
        assert!(peer.hear().await[0].starts_with("SIP/2.0 482 "));
        let spent = raw("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK2", "")
            .replace("Max-Forwards: 70", "Max-Forwards: 0");
        peer.say(at(SERVER), &spent);
        assert!(peer.hear().await[0].starts_with("SIP/2.0 483 "));
    });
}

#[test]
fn rfc3261_8_2_malformed_requests_are_refused_by_name_and_nothing_else_is_answered() {
    world(true, async {
        let (_, env) = memory();
        let (_server, service) = udp_server(&env);
        let peer = Socket::bind(&env, "10.0.0.1:5060");
        let good = raw("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1", "");
        for (wrong, status, names) in [
            (good.replace("CSeq: 1 MESSAGE", "CSeq: x MESSAGE"), "400", "CSeq"),
            (good.replace("Call-ID: raw-1\r\n", ""), "400", "Call-ID"),
            (good.replace("CSeq: 1 MESSAGE", "CSeq: 1 OPTIONS"), "400", "CSeq"),
            (good.replace("sip:bob@b.example SIP", "http://b.example SIP"), "416", ""),
            (good.replace(" SIP/2.0\r\n", " SIP/7.0\r\n"), "505", ""),
            (good.replace("MESSAGE", "INVITE"), "405", ""),
            (good.replace("MESSAGE", "CANCEL"), "481", ""),
            (
                good.replace("Content-Length: 5", "Content-Length: 5\r\nContent-Length: 6"),
                "400",
                "Content-Length",
            ),
        ] {
            peer.say(at(SERVER), &wrong);
            let heard = peer.hear().await;
            let start = heard.first().and_then(|text| text.lines().next()).unwrap_or_default().to_owned();
            assert!(
                start.starts_with(&format!("SIP/2.0 {status} ")) && start.contains(names),
                "{start:?} for {wrong}"
            );
        }
        for silent in
            [good.replace("MESSAGE", "ACK"), "\r\n\r\n".to_owned(), "\0\0\0\0".to_owned(), "x".repeat(3000)]
        {
            peer.say(at(SERVER), &silent);
            assert!(peer.hear().await.is_empty(), "{silent}");
        }
        assert_eq!(service.count(), 0);
    });
}

#[test]
fn a_service_that_panics_is_answered_500_and_counted() {
    world(true, async {
        let (_, env) = memory();
        let (server, _) = udp_server(&env);
        let client = agent(config("client", Transport::Udp, "10.0.0.1:5060"), &Echo::new(), &env);
        let answer = client
            .request(
                message().extension("X-Panic", "now"),
                hop(Transport::Udp, server.address("main").unwrap()),
            )
            .await
            .unwrap();
        assert_eq!(answer.response.status(), Some(500));
        assert_eq!(env.metrics.panics(), 1);
        let answer = client.request(message(), hop(Transport::Udp, at(SERVER))).await.unwrap();
        assert_eq!(answer.response.status(), Some(200));
    });
}

#[test]
fn a_request_that_cannot_be_printed_never_reaches_the_wire() {
    world(true, async {
        let (_, env) = memory();
        let (client, _) = udp_server(&env);
        let request =
            Request::new(Method::Message, "sip:b@b.example").header(Name::Subject, "a\r\nVia: evil");
        let outcome = client.request(request, hop(Transport::Udp, at("10.0.0.3:5060"))).await;
        assert!(matches!(outcome, Err(WireError::Unreachable(_))));
    });
}

#[test]
fn rfc3261_18_1_1_a_long_request_leaves_over_tcp_and_the_next_short_one_over_udp() {
    world(true, async {
        let (_, env) = memory();
        let service = Echo::new();
        let mut both = config("server", Transport::Udp, SERVER);
        both.listeners.push(ListenerConfig::new("stream", at(SERVER), Transport::Tcp));
        let _server = agent(both, &service, &env);
        let relay = Relay::new(hop(Transport::Udp, at(SERVER)), Vias::Add);
        let middle = config("middle", Transport::Udp, "10.0.0.5:5060");
        let _middle = proxy(NodeConfig { udp_mtu: 1300, ..middle }, &relay, &env);
        let client = config("client", Transport::Udp, "10.0.0.1:5060");
        let client = agent(NodeConfig { udp_mtu: 65_000, ..client }, &Echo::new(), &env);
        let to = hop(Transport::Udp, at("10.0.0.5:5060"));

        let long = message().body("text/plain", vec![b'x'; 2000]);
        client.request(long, to.clone()).await.unwrap();
        let (request, arrival) = service.last();
        assert_eq!(arrival.transport, Transport::Tcp);
        assert!(request.header(Name::Via).unwrap().starts_with(b"SIP/2.0/TCP "));
        assert_eq!(request.values(Name::Via).count(), 2);

        client.request(message(), to).await.unwrap();
        assert_eq!(service.last().1.transport, Transport::Udp);
    });
}

#[test]
fn a_proxy_whose_next_hop_is_unreachable_says_so_at_once() {
    world(true, async {
        let (_, env) = memory();
        let relay = Relay::new(hop(Transport::Tcp, at("10.0.0.7:5060")), Vias::Add);
        let _proxy = proxy(config("proxy", Transport::Tcp, SERVER), &relay, &env);
        let client = agent(config("client", Transport::Tcp, "10.0.0.1:5060"), &Echo::new(), &env);
        let begun = Instant::now();
        let answer = client.request(message(), hop(Transport::Tcp, at(SERVER))).await.unwrap();
        // Our own 503 says that the proxy could not reach somebody; the client is no proxy and sees it as it is.
        assert_eq!(answer.response.status(), Some(503));
        assert!(answer.response.header(Name::RetryAfter).is_some());
        assert!(begun.elapsed() < Duration::from_secs(1));
    });
}

/// Forwards as the other does, and keeps who reached nobody.
struct Keeping(Arc<Relay>, parking_lot::Mutex<Vec<(String, bool)>>);

impl wire::Inline for Keeping {
    fn request(&self, request: &sip::Message, arrival: &wire::Arrival) -> wire::Decision {
        self.0.request(request, arrival)
    }

    fn unreached(&self, request: &sip::Message, _: &wire::Arrival, why: &wire::WireError) {
        self.1.lock().push((request.method().to_string(), *why == wire::WireError::Overloaded));
    }
}

/// RFC 3261 16.9: whoever counts what passes learns of what did not.
#[test]
fn rfc3261_16_9_a_chain_is_told_of_a_request_that_reached_nobody() {
    world(true, async {
        let (_, env) = memory();
        let relay = Relay::new(hop(Transport::Tcp, at("10.0.0.7:5060")), Vias::Add);
        let keeping = Arc::new(Keeping(relay, parking_lot::Mutex::default()));
        let service = Echo::new();
        let _far = agent(config("far", Transport::Tcp, "10.0.0.8:5060"), &service, &env);
        let node = config("proxy", Transport::Tcp, SERVER);
        let _proxy = driver::Node::start(node, keeping.clone(), Echo::new(), &env).unwrap();
        let client = agent(config("client", Transport::Tcp, "10.0.0.1:5060"), &Echo::new(), &env);
        let answer = client.request(message(), hop(Transport::Tcp, at(SERVER))).await.unwrap();
        assert_eq!(answer.response.status(), Some(503));
        assert_eq!(*keeping.1.lock(), [("MESSAGE".to_owned(), false)]);

        *keeping.0.hop.lock() = hop(Transport::Tcp, at("10.0.0.8:5060"));
        let answer = client.request(message(), hop(Transport::Tcp, at(SERVER))).await.unwrap();
        assert_eq!(answer.response.status(), Some(200));
        assert_eq!(keeping.1.lock().len(), 1, "this one was reached");
    });
}

/// Says nothing to anybody.
struct Mute;

impl wire::Inline for Mute {
    fn request(&self, _: &sip::Message, _: &wire::Arrival) -> wire::Decision {
        wire::Decision::Drop("muted")
    }
}

#[test]
fn a_request_that_a_chain_drops_is_never_answered_and_holds_up_no_drain() {
    world(true, async {
        let (_, env) = memory();
        let node =
            driver::Node::start(config("mute", Transport::Udp, SERVER), Arc::new(Mute), Echo::new(), &env);
        let node = node.unwrap();
        let peer = Socket::bind(&env, "10.0.0.1:5060");
        peer.say(at(SERVER), &raw("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1", ""));
        assert!(peer.hear().await.is_empty());
        assert!(env.metrics.text().contains("sip_dropped_total{node=\"mute\",reason=\"muted\"} 1"));
        let begun = Instant::now();
        node.drain(Duration::from_secs(30)).await;
        assert!(begun.elapsed() < Duration::from_secs(1));
    });
}
