//! What a proxy makes of responses, and by what transport it sends on.
//! RFC 3261 clauses 16.7 and 18.1.1
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use driver::{ListenerConfig, Node, NodeConfig};
use sip::{Edits, Message, Name};
use support::*;
use wire::{Arrival, Decision, Inline, Transport, Vias, Wire as _, WireError};

const PROXY: &str = "10.0.0.2:5060";
const INNER: &str = "10.0.0.3:5060";

fn config(name: &str, transport: Transport, address: &str) -> NodeConfig {
    let listener = ListenerConfig::new("main", at(address), transport);
    NodeConfig { listeners: vec![listener], ..NodeConfig::new(name) }
}

/// Forwards as the relay does, and lets no response name the inner server.
struct Border(Arc<Relay>);

impl Inline for Border {
    fn request(&self, request: &Message, arrival: &Arrival) -> Decision {
        self.0.request(request, arrival)
    }

    fn response(&self, _: &Message, _: &Message, _: &Arrival, edits: &mut Edits) {
        edits.remove(Name::Server).set(Name::Warning, b"399 border \"no such luck\"");
    }
}

/// What a client is told where the inner server answers with this head.
async fn relayed(vias: Vias, head: &str) -> Message {
    let (_, env) = memory();
    let border = Border(Relay::new(hop(Transport::Udp, at(INNER)), vias));
    let node = config("border", Transport::Udp, PROXY);
    let _proxy = Node::start(node, Arc::new(border), Echo::new(), &env).unwrap();
    let (peer, inner) = (Socket::bind(&env, "10.0.0.1:5060"), Socket::bind(&env, INNER));
    peer.say(at(PROXY), &raw("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx", ""));
    let request = parse(&inner.hear().await[0]);
    let vias: Vec<_> = request.values(Name::Via).map(String::from_utf8_lossy).collect();
    inner.say(
        at(PROXY),
        &format!(
            "SIP/2.0 {head}\r\nVia: {}\r\nFrom: <sip:alice@a.example>;tag=1\r\nTo: <sip:bob@b.example>;tag=2\r\n\
             Call-ID: raw-1\r\nCSeq: 1 MESSAGE\r\nServer: lms1.core.b.example\r\n\
             Warning: 399 lms1.core.b.example \"down\"\r\nX-Cause: 14\r\nRetry-After: 5\r\n\r\n",
            vias.join(", ")
        ),
    );
    parse(&peer.hear().await[0])
}

#[test]
fn rfc3261_16_7_step_6_a_503_goes_on_as_a_500_that_the_chain_has_cleaned_like_any_other() {
    world(true, async {
        for vias in [Vias::Add, Vias::Replace] {
            let response = relayed(vias, "503 lms1.core.b.example is down").await;
            let text = String::from_utf8_lossy(response.bytes());
            assert!(!text.contains("core.b.example"), "{text}");
            assert_eq!((response.status(), response.reason()), (Some(500), &b"Server Internal Error"[..]));
            assert_eq!(response.header(Name::Warning), Some(&b"399 border \"no such luck\""[..]));
            assert_eq!(response.extension("X-Cause"), Some(&b"14"[..]));
            assert_eq!(response.header(Name::RetryAfter), Some(&b"5"[..]));
            assert_eq!(response.values(Name::Via).count(), 1);
            let other = relayed(vias, "480 Temporarily Unavailable").await;
            assert_eq!(other.status(), Some(480));
        }
    });
}

#[test]
fn rfc3261_18_1_1_a_long_request_is_sent_over_udp_after_all_where_tcp_is_refused() {
    world(true, async {
        for relays in [false, true] {
            let (_, env) = memory();
            let service = Echo::new();
            let _server = agent(config("server", Transport::Udp, INNER), &service, &env);
            let relay = Relay::new(hop(Transport::Udp, at(INNER)), Vias::Add);
            let middle = NodeConfig { udp_mtu: 1300, ..config("middle", Transport::Udp, PROXY) };
            let _middle = proxy(middle, &relay, &env);
            let udp_mtu = if relays { 65_000 } else { 1300 };
            let client = NodeConfig { udp_mtu, ..config("client", Transport::Udp, "10.0.0.1:5060") };
            let client = agent(client, &Echo::new(), &env);
            let to = hop(Transport::Udp, at(if relays { PROXY } else { INNER }));
            for times in 1..=2 {
                let long = message().body("text/plain", vec![b'x'; 2000]);
                let answer = client.request(long, to.clone()).await.unwrap();
                assert_eq!(answer.response.status(), Some(200));
                assert_eq!(service.count(), times, "each request is tried anew");
                let (request, arrival) = service.last();
                assert_eq!(arrival.transport, Transport::Udp);
                assert!(request.values(Name::Via).all(|via| via.starts_with(b"SIP/2.0/UDP ")));
                assert_eq!(request.values(Name::Via).count(), 1 + usize::from(relays));
            }
        }
    });
}

#[test]
fn what_is_longer_than_a_datagram_is_not_tried_over_udp() {
    world(true, async {
        let (_, env) = memory();
        let client = agent(config("client", Transport::Udp, "10.0.0.1:5060"), &Echo::new(), &env);
        let server = Socket::bind(&env, INNER);
        let long = message().body("text/plain", vec![b'x'; 66_000]);
        let outcome = client.request(long, hop(Transport::Udp, at(INNER))).await;
        assert!(matches!(outcome, Err(WireError::Unreachable(_))), "{outcome:?}");
        assert!(server.hear().await.is_empty());
    });
}
