//! Requests by connections that the peer opened.
//! RFC 5923
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{sync::Arc, time::Duration};

use certs::{Authority, Leaf, Validity};
use driver::{Env, ListenerConfig, NodeConfig, NodeHandle, TlsProfile, tls::anchor_id};
use support::*;
use wire::{Hop, Streams, TlsPeer, Transport, Wire as _};

const A: &str = "10.0.0.1:5061";
const B: &str = "10.0.0.2:5061";

/// Two systems with an authority each, and a network between them.
struct World {
    env: Env,
    authorities: [Authority; 2],
}

/// One end.
struct End {
    node: NodeHandle,
    service: Arc<Echo>,
}

impl End {
    /// Whether the last request that came here came by a connection of the peer's to our listener, or by one of ours.
    fn came_to_listener(&self) -> bool {
        let (_, arrival) = self.service.last();
        assert!(["border", "peer"].contains(&&*arrival.listener));
        &*arrival.listener == "border"
    }
}

impl World {
    fn new() -> Self {
        let authorities = ["a lab", "b lab"].map(|name| Authority::new(name).unwrap());
        Self { env: memory().1, authorities }
    }

    fn profile(&self, name: &str, leaf: &Leaf, issuer: usize) -> TlsProfile {
        let issued = self.authorities[issuer].issue(leaf).unwrap();
        let mut profile = TlsProfile::new(name, issued.cert_pem, issued.key_pem, self.authorities[0].pem());
        profile.anchors.push(self.authorities[1].pem());
        profile
    }

    fn end(&self, domain: &str, address: &str, change: impl FnOnce(&mut NodeConfig)) -> End {
        let issuer = usize::from(domain != "a.example");
        let tls = self.profile("border", &Leaf::new(domain).sip_domain(domain).serial(7), issuer);
        let listener = ListenerConfig::new("border", at(address), Transport::Tls).tls("border", true);
        let mut config = NodeConfig { listeners: vec![listener], tls: vec![tls], ..NodeConfig::new(domain) };
        change(&mut config);
        let service = Echo::new();
        End { node: agent(config, &service, &self.env), service }
    }

    fn ends(&self) -> (End, End) {
        (self.end("a.example", A, |_| {}), self.end("b.example", B, |_| {}))
    }
}

fn to(address: &str, domain: &str) -> Hop {
    tls_hop(at(address), "border", domain)
}

fn alone(hop: Hop) -> Hop {
    Hop { streams: Streams { reuse: false, ..Streams::default() }, ..hop }
}

async fn ask(end: &End, hop: Hop) {
    assert_eq!(end.node.request(message(), hop).await.unwrap().response.status(), Some(200));
}

#[test]
fn rfc5923_8_2_a_request_goes_by_the_connection_that_the_peer_opened_and_proved_to_be_its_own() {
    world(true, async {
        let lab = World::new();
        let (a, b) = lab.ends();
        ask(&b, to(A, "a.example")).await;
        let (request, arrival) = a.service.last();
        let via = request.typed::<sip::Via<'_>>().unwrap().unwrap();
        assert!(via.params.has("alias"), "RFC 5923 8.1");
        let answer = a.node.request(message(), to(B, "b.example")).await.unwrap();
        assert_eq!(answer.arrival.connection, arrival.connection);
        assert!(!b.came_to_listener());
        let (_, arrival) = b.service.last();
        assert!(arrival.certificate.unwrap().proves("a.example"), "who asks is as proved as ever");
        ask(&b, to(A, "a.example")).await;
        let metrics = lab.env.metrics.text();
        for node in ["a.example", "b.example"] {
            let one = format!("sip_connections{{node=\"{node}\",transport=\"TLS\"}} 1");
            assert!(metrics.contains(&one), "one connection serves both ways\n{metrics}");
        }
    });
}

#[test]
fn rfc5923_8_reuse_is_for_each_side_to_switch_off() {
    world(true, async {
        let lab = World::new();
        let (a, b) = lab.ends();
        ask(&b, alone(to(A, "a.example"))).await;
        let (request, _) = a.service.last();
        assert!(!request.typed::<sip::Via<'_>>().unwrap().unwrap().params.has("alias"));
        ask(&a, to(B, "b.example")).await;
        assert!(b.came_to_listener(), "the peer does not want it");
    });
    world(true, async {
        let lab = World::new();
        let (a, b) = lab.ends();
        ask(&b, to(A, "a.example")).await;
        ask(&a, alone(to(B, "b.example"))).await;
        assert!(b.came_to_listener(), "we do not want it");
        ask(&a, to(B, "b.example")).await;
        ask(&a, alone(to(B, "b.example"))).await;
        assert!(b.came_to_listener(), "and never come to it by a hop that does");
    });
}

#[test]
fn rfc5923_9_whoever_claims_the_address_of_another_is_not_sent_what_is_meant_for_that_one() {
    world(true, async {
        let lab = World::new();
        let (a, b) = lab.ends();
        // Known to us, and says in its Via that it listens where the other does.
        let thief = lab.end("m.example", "10.0.0.66:5061", |config| {
            config.listeners[0].sent_by = Some(B.into());
        });
        ask(&thief, to(A, "a.example")).await;
        ask(&a, to(B, "b.example")).await;
        assert_eq!((thief.service.count(), b.service.count()), (0, 1));
    });
}

#[test]
fn rfc5923_9_an_anchor_that_the_hop_is_not_bound_to_vouches_for_nobody() {
    world(true, async {
        let lab = World::new();
        let a = lab.end("a.example", A, |_| {});
        let forged = lab.profile("border", &Leaf::new("b").sip_domain("b.example"), 0);
        let forger = lab.end("b.example", "10.0.0.66:5061", |config| {
            config.tls = vec![forged];
            config.listeners[0].sent_by = Some(B.into());
        });
        ask(&forger, to(A, "a.example")).await;
        let b = lab.end("b.example", B, |_| {});
        let anchor = Some(anchor_id(&lab.authorities[1].pem()).unwrap());
        let peer = TlsPeer { profile: "border".into(), domain: "b.example".into(), anchor };
        ask(&a, Hop { tls: Some(peer), ..to(B, "b.example") }).await;
        assert_eq!((forger.service.count(), b.service.count()), (0, 1));
    });
}

#[test]
fn rfc5923_9_what_was_shown_under_one_trust_profile_counts_under_no_other() {
    world(true, async {
        let lab = World::new();
        let inner = lab.profile("inner", &Leaf::new("a").sip_domain("a.example"), 0);
        let a = lab.end("a.example", A, |config| config.tls.push(inner));
        let b = lab.end("b.example", B, |_| {});
        ask(&b, to(A, "a.example")).await;
        ask(&a, tls_hop(at(B), "inner", "b.example")).await;
        assert!(b.came_to_listener());
    });
}

#[test]
fn rfc5923_5_without_a_certificate_of_the_client_nothing_is_reused() {
    world(true, async {
        let lab = World::new();
        let a = lab.end("a.example", A, |config| config.listeners[0].client_auth = false);
        let b = lab.end("b.example", B, |_| {});
        ask(&b, to(A, "a.example")).await;
        ask(&a, to(B, "b.example")).await;
        assert!(b.came_to_listener());
    });
}

#[test]
fn rfc5923_8_2_the_sent_by_of_the_alias_is_where_the_hop_has_to_lead() {
    world(true, async {
        let lab = World::new();
        let (a, b) = lab.ends();
        let _replica = lab.end("b.example", "10.0.0.3:5061", |_| {});
        ask(&b, to(A, "a.example")).await;
        ask(&a, to("10.0.0.3:5061", "b.example")).await;
        assert_eq!(b.service.count(), 0, "of the same name, and another host");
        // A name stands for the host that the connection comes from.
        let named = lab.end("c.example", "10.0.0.4:5070", |config| {
            config.listeners[0].sent_by = Some("gw.c.example:5070".into());
        });
        ask(&named, to(A, "a.example")).await;
        ask(&a, to("10.0.0.4:5070", "c.example")).await;
        assert!(!named.came_to_listener());
    });
}

#[test]
fn rfc5923_8_3_after_its_end_another_is_opened() {
    world(true, async {
        let lab = World::new();
        let (a, b) = lab.ends();
        ask(&b, to(A, "a.example")).await;
        ask(&a, to(B, "b.example")).await;
        b.node.drain(Duration::from_secs(1)).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let again = lab.end("b.example", B, |_| {});
        ask(&a, to(B, "b.example")).await;
        assert!(again.came_to_listener());
    });
}

#[test]
fn rfc5280_5_a_reused_connection_ends_with_what_vouched_for_it() {
    world(true, async {
        let lab = World::new();
        let (a, b) = lab.ends();
        ask(&b, to(A, "a.example")).await;
        ask(&a, to(B, "b.example")).await;
        let mut revoked = lab.profile("border", &Leaf::new("a").sip_domain("a.example"), 0);
        revoked.crls.push(lab.authorities[1].crl(1, Validity::wide(), &[7]).unwrap());
        a.node.reload_tls(&[revoked]).unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(a.node.request(message(), to(B, "b.example")).await.is_err());
    });
}
