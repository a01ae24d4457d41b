//! Who may answer a handshake, who may open one, and what each proves.
//! RFC 3261 26.3 · RFC 5922
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{sync::Arc, time::Duration};

use certs::{Authority, Leaf, Usage, Validity};
use driver::{Env, ListenerConfig, NodeConfig, NodeHandle, TlsProfile, tls::anchor_id};
use support::*;
use wire::{Hop, Identity, TlsPeer, Transport, Wire as _, WireError};

struct Lab {
    ours: Authority,
    theirs: Authority,
}

impl Lab {
    fn new() -> Self {
        Self { ours: Authority::new("a lab").unwrap(), theirs: Authority::new("b lab").unwrap() }
    }
}

/// A profile with this leaf, trusting that authority.
fn profile(name: &str, issuer: &Authority, leaf: &Leaf, trusted: &Authority) -> TlsProfile {
    let issued = issuer.issue(leaf).unwrap();
    TlsProfile::new(name, issued.cert_pem, issued.key_pem, trusted.pem())
}

fn server(env: &Env, tls: TlsProfile, client_auth: bool) -> (NodeHandle, Arc<Echo>) {
    let service = Echo::new();
    let listener =
        ListenerConfig::new("border", at("10.0.0.2:0"), Transport::Tls).tls(tls.name.clone(), client_auth);
    let config = NodeConfig { listeners: vec![listener], tls: vec![tls], ..NodeConfig::new("server") };
    (agent(config, &service, env), service)
}

fn client(env: &Env, tls: TlsProfile) -> NodeHandle {
    agent(NodeConfig { tls: vec![tls], ..NodeConfig::new("client") }, &Echo::new(), env)
}

fn good_server(lab: &Lab) -> TlsProfile {
    profile("border", &lab.theirs, &Leaf::new("gw b").sip_domain("b.example"), &lab.ours)
}

fn good_client(lab: &Lab) -> TlsProfile {
    profile(
        "border",
        &lab.ours,
        &Leaf::new("gw a").sip_domain("a.example").dns_name("gw.a.example"),
        &lab.theirs,
    )
}

fn to(node: &NodeHandle, domain: &str) -> Hop {
    tls_hop(node.address("border").unwrap(), "border", domain)
}

fn refused(outcome: Result<wire::Answer, WireError>) -> String {
    match outcome {
        Err(WireError::Unreachable(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn rfc5922_7_both_ends_prove_their_sip_domains_and_each_sees_the_other() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let (server, service) = server(&env, good_server(&lab), true);
        let client = client(&env, good_client(&lab));

        let answer = client.request(message(), to(&server, "b.example")).await.unwrap();

        let seen = answer.arrival.certificate.unwrap();
        assert_eq!(seen.identities, [Identity::Sip("b.example".into())]);
        assert_eq!(seen.anchor, anchor_id(&lab.theirs.pem()).unwrap());
        let (_, arrival) = service.last();
        let seen = arrival.certificate.unwrap();
        assert_eq!(
            seen.identities,
            [Identity::Sip("a.example".into())],
            "DNS names count only without sip: URIs"
        );
        assert_eq!(seen.anchor, anchor_id(&lab.ours.pem()).unwrap());
        assert_eq!(seen.not_after, Validity::wide().until);
    });
}

#[test]
fn rfc5922_7_2_a_server_with_another_domain_is_refused_before_a_byte_of_sip() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let (server, service) = server(&env, good_server(&lab), true);
        let client = client(&env, good_client(&lab));
        let why = refused(client.request(message(), to(&server, "c.example")).await);
        assert!(why.contains("does not prove c.example"), "{why}");
        let why = refused(client.request(message(), to(&server, "sub.b.example")).await);
        assert!(why.contains("does not prove"), "{why}");
        assert_eq!(service.count(), 0);
    });
}

#[test]
fn rfc5922_7_2_a_wildcard_proves_no_host_under_it() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let wild = profile("border", &lab.theirs, &Leaf::new("b").dns_name("*.b.example"), &lab.ours);
        let (server, _) = server(&env, wild, true);
        let client = client(&env, good_client(&lab));
        refused(client.request(message(), to(&server, "gw.b.example")).await);
    });
}

#[test]
fn a_server_that_is_expired_foreign_or_of_the_wrong_use_is_refused() {
    let lab = Lab::new();
    let leaf = || Leaf::new("gw b").sip_domain("b.example");
    let bad = [
        ("expired", profile("border", &lab.theirs, &leaf().expired(), &lab.ours)),
        ("future", profile("border", &lab.theirs, &leaf().valid(Validity::future()), &lab.ours)),
        ("foreign", profile("border", &lab.theirs.impostor().unwrap(), &leaf(), &lab.ours)),
        ("client only", profile("border", &lab.theirs, &leaf().usage(Usage::Client), &lab.ours)),
        ("NUL", profile("border", &lab.theirs, &leaf().uri("sip:b.example\0.evil.example"), &lab.ours)),
    ];
    for (what, tls) in bad {
        let good = good_client(&lab);
        world(true, async move {
            let (_, env) = memory();
            let (server, service) = server(&env, tls, true);
            let outcome = client(&env, good).request(message(), to(&server, "b.example")).await;
            assert!(matches!(outcome, Err(WireError::Unreachable(_))), "{what}: {outcome:?}");
            assert_eq!(service.count(), 0, "{what}");
        });
    }
}

#[test]
fn a_client_that_is_wrong_expired_foreign_revoked_or_has_no_certificate_is_refused() {
    let lab = Lab::new();
    let leaf = || Leaf::new("gw a").sip_domain("a.example");
    let none = TlsProfile { certificate: None, key: None, ..good_client(&lab) };
    let bad = [
        ("expired", profile("border", &lab.ours, &leaf().expired(), &lab.theirs)),
        ("foreign", profile("border", &lab.ours.impostor().unwrap(), &leaf(), &lab.theirs)),
        ("of their own", profile("border", &lab.theirs, &leaf(), &lab.theirs)),
        ("server only", profile("border", &lab.ours, &leaf().usage(Usage::Server), &lab.theirs)),
        ("nameless", profile("border", &lab.ours, &Leaf::new("a.example"), &lab.theirs)),
        ("revoked", profile("border", &lab.ours, &leaf().serial(7), &lab.theirs)),
        ("missing", none),
    ];
    for (what, tls) in bad {
        let mut ours = good_server(&lab);
        ours.crls.push(lab.ours.crl(1, Validity::wide(), &[7]).unwrap());
        world(true, async move {
            let (_, env) = memory();
            let (server, service) = server(&env, ours, true);
            let outcome = client(&env, tls).request(message(), to(&server, "b.example")).await;
            assert!(matches!(outcome, Err(WireError::Unreachable(_))), "{what}: {outcome:?}");
            assert_eq!(service.count(), 0, "{what}");
            tokio::time::sleep(Duration::from_secs(2)).await;
            let told = "tls_handshakes_total{node=\"client\",outcome=\"broken-off\"} 1";
            assert!(env.metrics.text().contains(told), "{what}: the one who is refused learns of it");
        });
    }
}

#[test]
fn a_listener_for_clients_asks_for_no_certificate() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let (server, service) = server(&env, good_server(&lab), false);
        let none = TlsProfile { certificate: None, key: None, ..good_client(&lab) };
        client(&env, none).request(message(), to(&server, "b.example")).await.unwrap();
        assert!(service.last().1.certificate.is_none());
    });
}

#[test]
fn a_hop_bound_to_an_anchor_accepts_no_other_that_the_profile_trusts() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let third = Authority::new("c lab").unwrap();
        let forged = profile("border", &third, &Leaf::new("gw b").sip_domain("b.example"), &lab.ours);
        let (server, _) = server(&env, forged, true);
        let mut tls = good_client(&lab);
        tls.anchors.push(third.pem());
        let client = client(&env, tls);
        let bound = |anchor| {
            let peer = TlsPeer { profile: "border".into(), domain: "b.example".into(), anchor };
            Hop { tls: Some(peer), ..to(&server, "b.example") }
        };

        client.request(message(), bound(None)).await.unwrap();
        client.request(message(), bound(Some(anchor_id(&third.pem()).unwrap()))).await.unwrap();
        let bound = bound(Some(anchor_id(&lab.theirs.pem()).unwrap()));
        let why = refused(client.request(message(), bound).await);
        assert!(why.contains("another anchor"), "{why}");
    });
}

#[test]
fn connections_are_shared_per_identity_and_never_across() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let both = Leaf::new("b").sip_domain("b.example").sip_domain("c.example");
        let (server, service) = server(&env, profile("border", &lab.theirs, &both, &lab.ours), true);
        let client = client(&env, good_client(&lab));
        for domain in ["b.example", "b.example", "c.example", "c.example"] {
            client.request(message(), to(&server, domain)).await.unwrap();
        }
        let seen = service.seen.lock();
        let by: Vec<_> = seen.iter().map(|(_, arrival)| arrival.connection.unwrap().serial).collect();
        assert_eq!((by[0] == by[1], by[1] == by[2], by[2] == by[3]), (true, false, true));
    });
}

#[test]
fn reload_serves_new_handshakes_and_leaves_what_is_connected() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let (server, service) = server(&env, good_server(&lab), true);
        let first = client(&env, good_client(&lab));
        first.request(message(), to(&server, "b.example")).await.unwrap();

        let moved = profile("border", &lab.theirs, &Leaf::new("b").sip_domain("new.b.example"), &lab.ours);
        server.reload_tls(&[moved]).unwrap();
        first.request(message(), to(&server, "b.example")).await.unwrap();
        let second = client(&env, good_client(&lab));
        refused(second.request(message(), to(&server, "b.example")).await);
        second.request(message(), to(&server, "new.b.example")).await.unwrap();
        assert_eq!(service.count(), 3);
        assert!(server.reload_tls(&[TlsProfile::new("border", "x", "y", "z")]).is_err());
    });
}

#[test]
fn a_certificate_that_expires_between_two_handshakes_is_refused_though_its_session_could_be_resumed() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let (server, _) = server(&env, good_server(&lab), true);
        let short = Validity { from: Validity::wide().from, until: epoch() + Duration::from_secs(3600) };
        let leaf = Leaf::new("gw a").sip_domain("a.example").valid(short);
        let client = client(&env, profile("border", &lab.ours, &leaf, &lab.theirs));
        client.request(message(), to(&server, "b.example")).await.unwrap();
        // The connection is closed when it has been idle for ten minutes.
        tokio::time::advance(Duration::from_secs(7200)).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let outcome = client.request(message(), to(&server, "b.example")).await;
        assert!(outcome.is_err(), "{outcome:?}");
    });
}

#[test]
fn rfc5280_4_1_2_5_a_connection_ends_with_the_certificate_that_it_stands_on() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let (server, service) = server(&env, good_server(&lab), true);
        let short = Validity { from: Validity::wide().from, until: epoch() + Duration::from_secs(3600) };
        let leaf = Leaf::new("gw a").sip_domain("a.example").valid(short);
        // A node without listeners keeps its connection alive for as long as it can.
        let client = client(&env, profile("border", &lab.ours, &leaf, &lab.theirs));
        for seconds in [0, 1800, 1790] {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            client.request(message(), to(&server, "b.example")).await.unwrap();
        }
        let seen = service.seen.lock().clone();
        assert!(seen.iter().all(|(_, arrival)| arrival.connection == seen[0].1.connection));
        tokio::time::sleep(Duration::from_secs(20)).await;
        let outcome = client.request(message(), to(&server, "b.example")).await;
        assert!(outcome.is_err(), "{outcome:?}");
        assert_eq!(service.count(), 3);
    });
}

#[test]
fn rfc5280_5_reload_closes_what_stands_on_a_certificate_that_is_revoked_and_nothing_else() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let mut tls = good_server(&lab);
        let (server, service) = server(&env, tls.clone(), true);
        let leaf = Leaf::new("gw a").sip_domain("a.example").serial(7);
        let revoked = client(&env, profile("border", &lab.ours, &leaf, &lab.theirs));
        let good = client(&env, good_client(&lab));
        for client in [&revoked, &good] {
            client.request(message(), to(&server, "b.example")).await.unwrap();
        }
        let flow = service.last().1.connection;

        tls.crls.push(lab.ours.crl(1, Validity::wide(), &[7]).unwrap());
        server.reload_tls(&[tls]).unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(env.metrics.text().contains("sip_connections{node=\"server\",transport=\"TLS\"} 1"));
        assert!(revoked.request(message(), to(&server, "b.example")).await.is_err());
        good.request(message(), to(&server, "b.example")).await.unwrap();
        assert_eq!(service.last().1.connection, flow);
    });
}

#[test]
fn rfc5280_5_a_revocation_list_that_holds_none_is_refused_and_the_old_one_counts_on() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let mut tls = good_server(&lab);
        tls.crls.push(lab.ours.crl(1, Validity::wide(), &[7]).unwrap());
        let (server, _) = server(&env, tls.clone(), true);
        let leaf = Leaf::new("gw a").sip_domain("a.example").serial(7);
        let revoked = client(&env, profile("border", &lab.ours, &leaf, &lab.theirs));
        for empty in [String::new(), "x\n".to_owned(), tls.anchors.concat()] {
            tls.crls = vec![empty];
            let refused = server.reload_tls(&[tls.clone()]).unwrap_err();
            assert!(refused.to_string().contains("no revocation list in the PEM text"), "{refused}");
            assert!(revoked.request(message(), to(&server, "b.example")).await.is_err());
        }
    });
}

#[test]
fn rfc5280_6_3_3_a_revocation_list_that_its_issuer_has_not_signed_is_refused_and_shuts_nobody_out() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let mut tls = good_server(&lab);
        let (server, _) = server(&env, tls.clone(), true);
        let forger = lab.ours.impostor().unwrap();
        tls.crls.push(forger.crl(1, Validity::wide(), &[7]).unwrap());
        let refused = server.reload_tls(&[tls]).unwrap_err();
        assert!(
            refused.to_string().contains("a revocation list of CN=a lab is not signed by it"),
            "{refused}"
        );
        client(&env, good_client(&lab)).request(message(), to(&server, "b.example")).await.unwrap();
    });
}

#[test]
fn a_handshake_that_stalls_is_closed_after_five_seconds_and_delays_nobody() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let (server, _) = server(&env, good_server(&lab), true);
        let mut stalled = Peer::connect(&env, server.address("border").unwrap()).await;
        let begun = tokio::time::Instant::now();
        client(&env, good_client(&lab)).request(message(), to(&server, "b.example")).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert_eq!(stalled.hear().await, "");
        assert!((5..6).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    });
}

#[test]
fn the_key_log_is_written_only_where_a_lab_asks_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.log");
    let log = path.clone();
    world(true, async move {
        let (lab, (_, env)) = (Lab::new(), memory());
        let (server, _) = server(&env, good_server(&lab), true);
        let config = NodeConfig { tls: vec![good_client(&lab)], ..NodeConfig::new("client") };
        let quiet = agent(config.clone(), &Echo::new(), &env);
        quiet.request(message(), to(&server, "b.example")).await.unwrap();
        assert!(!log.exists());
        let logged = agent(NodeConfig { lab_key_log: Some(log), ..config }, &Echo::new(), &env);
        logged.request(message(), to(&server, "b.example")).await.unwrap();
    });
    assert!(std::fs::read_to_string(path).unwrap().contains("CLIENT_TRAFFIC_SECRET_0 "));
}

#[test]
fn one_address_has_an_eighth_of_the_handshakes_in_progress() {
    world(true, async {
        let (lab, (_, env)) = (Lab::new(), memory());
        let tls = good_server(&lab);
        let listener =
            ListenerConfig::new("border", at("10.0.0.2:0"), Transport::Tls).tls(tls.name.clone(), true);
        let sixteen = driver::Admission { handshakes: 16, ..driver::Admission::default() };
        let listeners = vec![listener.admission(sixteen)];
        let config = NodeConfig { listeners, tls: vec![tls], ..NodeConfig::new("server") };
        let server = agent(config, &Echo::new(), &env);
        let mut half_open = Vec::new();
        for _ in 0..2 {
            half_open.push(Peer::connect(&env, server.address("border").unwrap()).await);
        }
        let client = client(&env, good_client(&lab));
        assert!(client.request(message(), to(&server, "b.example")).await.is_err());
        half_open.clear();
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.request(message(), to(&server, "b.example")).await.unwrap();
    });
}
