//! Who may ask over TLS, who is asked, and what each knows of the other; over HTTP/1.1 and HTTP/2 alike.
//! RFC 5922 · RFC 7301 · RFC 9110 4.3.4 and 15.5.20
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod http_support;
mod support;

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use certs::{Authority, Leaf};
use driver::{Env, Http, HttpConfig, HttpListener, ListenerConfig, TlsProfile, tls::anchor_id};
use http::{Request, Version};
use http_support::*;
use support::{at, memory, tls_hop, world};
use wire::{Hop, Identity, TlsPeer, Transport, WireError};

struct Lab {
    ours: Authority,
    theirs: Authority,
}

impl Lab {
    fn new() -> Self {
        Self { ours: Authority::new("a lab").unwrap(), theirs: Authority::new("b lab").unwrap() }
    }

    fn client(&self) -> TlsProfile {
        profile(&self.ours, &Leaf::new("gw a").sip_domain("a.example"), &self.theirs)
    }

    fn server(&self) -> TlsProfile {
        profile(&self.theirs, &Leaf::new("gw b").sip_domain("b.example"), &self.ours)
    }
}

fn profile(issuer: &Authority, leaf: &Leaf, trusted: &Authority) -> TlsProfile {
    let issued = issuer.issue(leaf).unwrap();
    TlsProfile::new("border", issued.cert_pem, issued.key_pem, trusted.pem())
}

fn http(env: &Env, name: &str, tls: TlsProfile, http2: bool) -> Http {
    Http::new(HttpConfig { tls: vec![tls], http2, ..HttpConfig::new(name) }, env).unwrap()
}

/// A listener for `xcap.b.example`, also reached as `b.example`.
fn listens(http: &Http, client_auth: bool) -> (SocketAddr, Arc<Echo>) {
    let listener = ListenerConfig::new("border", at("10.0.0.2:0"), Transport::Tls).tls("border", client_auth);
    let names = vec!["b.example".into(), "xcap.b.example".into()];
    let echo = Echo::new();
    let bound = http.listen(HttpListener { listener, names }, Arc::new(Shared(echo.clone()))).unwrap();
    (bound.address, echo)
}

fn to(address: SocketAddr) -> Hop {
    tls_hop(address, "border", "b.example")
}

fn asks(host: &str) -> Request<Bytes> {
    Request::put(format!("https://{host}/a?b")).body(Bytes::from_static(b"body")).unwrap()
}

#[test]
fn both_ends_know_each_other_over_either_version() {
    for (http2, version) in [(true, Version::HTTP_2), (false, Version::HTTP_11)] {
        world(true, async move {
            let (_net, env) = memory();
            let lab = Lab::new();
            let server = http(&env, "server", lab.server(), true);
            let (address, echo) = listens(&server, true);
            let client = http(&env, "client", lab.client(), http2);
            for _ in 0..3 {
                let response = client.web().fetch(asks("xcap.b.example"), to(address)).await.unwrap();
                assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"PUT /a\nbody"[..]));
            }
            let (request, arrival) = echo.last();
            assert_eq!(request.version(), version);
            assert_eq!(request.uri().path_and_query().unwrap(), "/a?b");
            let certificate = arrival.certificate.expect("mutual");
            assert_eq!(certificate.identities, [Identity::Sip("a.example".into())]);
            assert_eq!(certificate.anchor, anchor_id(&lab.ours.pem()).unwrap());
            let text = env.metrics.text();
            assert!(
                text.contains("http_connections{node=\"server\",direction=\"in\"} 1"),
                "one connection for all"
            );
            assert!(text.contains("http_responses_total{node=\"client\",direction=\"out\",class=\"2xx\"} 3"));
        });
    }
}

#[test]
fn many_at_once_share_a_connection_over_http2() {
    world(true, async {
        let (_net, env) = memory();
        let lab = Lab::new();
        let server = http(&env, "server", lab.server(), true);
        let (address, echo) = listens(&server, true);
        let client = http(&env, "client", lab.client(), true);
        let all = (0..200).map(|_| client.web().fetch(asks("b.example"), to(address)));
        for response in futures::future::join_all(all).await {
            assert_eq!(response.unwrap().status(), 200);
        }
        assert_eq!(echo.count(), 200);
        assert!(env.metrics.text().contains("http_connections{node=\"client\",direction=\"out\"} 1"));
    });
}

#[test]
fn without_a_certificate_that_verifies_there_is_no_answer() {
    world(true, async {
        let (_net, env) = memory();
        let lab = Lab::new();
        let server = http(&env, "server", lab.server(), true);
        let (address, echo) = listens(&server, true);
        let nobody = TlsProfile { certificate: None, key: None, ..lab.client() };
        let stranger = profile(&lab.theirs, &Leaf::new("c").sip_domain("a.example"), &lab.theirs);
        for tls in [nobody, stranger] {
            let outcome = http(&env, "client", tls, true).web().fetch(asks("b.example"), to(address)).await;
            assert!(outcome.is_err(), "{outcome:?}");
        }
        assert_eq!(echo.count(), 0);
    });
}

#[test]
fn c5922_7_2_whoever_is_not_who_the_hop_says_gets_nothing() {
    world(true, async {
        let (_net, env) = memory();
        let lab = Lab::new();
        let server = http(&env, "server", lab.server(), true);
        let (address, echo) = listens(&server, true);
        let client = http(&env, "client", lab.client(), true);
        let other = tls_hop(address, "border", "c.example");
        let anchor = Some(anchor_id(&lab.ours.pem()).unwrap());
        let tls = to(address).tls.map(|peer| TlsPeer { anchor, ..peer });
        let bound_elsewhere = Hop { tls, ..to(address) };
        for hop in [other, bound_elsewhere] {
            let outcome = client.web().fetch(asks("b.example"), hop).await;
            assert!(matches!(outcome, Err(WireError::Unreachable(_))), "{outcome:?}");
        }
        assert_eq!(echo.count(), 0);
    });
}

#[test]
fn c15_5_20_other_names_are_misdirected() {
    world(true, async {
        let (_net, env) = memory();
        let lab = Lab::new();
        let both = Leaf::new("gw b").sip_domain("b.example").sip_domain("c.example");
        let server = http(&env, "server", profile(&lab.theirs, &both, &lab.ours), true);
        let (address, echo) = listens(&server, true);
        let client = http(&env, "client", lab.client(), true);
        let authority = client.web().fetch(asks("xcap.c.example"), to(address)).await.unwrap();
        assert_eq!(authority.status(), 421);
        let session =
            client.web().fetch(asks("b.example"), tls_hop(address, "border", "c.example")).await.unwrap();
        assert_eq!(session.status(), 421, "the name that the session was opened for");
        assert_eq!(echo.count(), 0);
    });
}

#[test]
fn a_reload_cuts_whom_the_new_anchors_do_not_verify() {
    world(true, async {
        let (_net, env) = memory();
        let lab = Lab::new();
        let server = http(&env, "server", lab.server(), true);
        let (address, _) = listens(&server, true);
        let client = http(&env, "client", lab.client(), false);
        assert!(client.web().fetch(asks("b.example"), to(address)).await.is_ok());
        server.reload_tls(&[lab.server()]).unwrap();
        tokio::time::sleep(seconds(1)).await;
        let open = || env.metrics.text().contains("http_connections{node=\"server\",direction=\"in\"} 1");
        assert!(open(), "what is still verified stays");
        let distrusting = profile(&lab.theirs, &Leaf::new("gw b").sip_domain("b.example"), &lab.theirs);
        server.reload_tls(&[distrusting]).unwrap();
        tokio::time::sleep(seconds(1)).await;
        assert!(!open());
        assert!(client.web().fetch(asks("b.example"), to(address)).await.is_err());
    });
}

#[test]
fn a_drain_sends_goaway_and_finishes_streams() {
    world(true, async {
        let (_net, env) = memory();
        let lab = Lab::new();
        let server = http(&env, "server", lab.server(), true);
        let (address, echo) = listens(&server, true);
        let web = http(&env, "client", lab.client(), true);
        let wait = Request::get("https://b.example/wait").body(Bytes::new()).unwrap();
        let waiting = tokio::spawn(web.web().fetch(wait, to(address)));
        tokio::time::sleep(seconds(1)).await;
        let draining = tokio::spawn(async move { server.drain(seconds(30)).await });
        tokio::time::sleep(seconds(1)).await;
        let late = web.web().fetch(asks("b.example"), to(address)).await;
        assert!(matches!(late, Err(WireError::Unreachable(_))), "never sent: {late:?}");
        echo.released.notify_one();
        assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
        draining.await.unwrap();
    });
}
