//! A peer that closes in the middle of a message, over real streams: it costs only itself, and is counted.
//! RFC 3261 18.3 · RFC 9112 8
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod http_support;
mod support;

use std::{net::SocketAddr, sync::Arc};

use certs::{Authority, Leaf};
use driver::{Env, Http, HttpConfig, HttpListener, ListenerConfig, NodeConfig, NodeHandle, TlsProfile};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use support::*;
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::TlsConnector;
use wire::{Transport, Wire as _, WireError};

/// Up to where a message comes before its sender is gone.
const CUTS: [&str; 5] =
    ["MESS", "MESSAGE sip:bob@b.example SIP/2.0\r\n", "Call-ID: raw", "\r\n\r\n", "\r\n\r\nhel"];

struct Lab {
    authority: Authority,
    env: Env,
}

impl Lab {
    fn new() -> Self {
        Self { authority: Authority::new("lab").unwrap(), env: kernel() }
    }

    fn profile(&self) -> TlsProfile {
        let issued = self.authority.issue(&Leaf::new("b").dns_name("b.example")).unwrap();
        TlsProfile::new("p", issued.cert_pem, issued.key_pem, self.authority.pem())
    }

    fn listener(transport: Transport) -> ListenerConfig {
        let listener = ListenerConfig::new("main", at("127.0.0.1:0"), transport);
        if transport == Transport::Tls { listener.tls("p", false) } else { listener }
    }

    /// A peer that speaks octets, through TLS where that is spoken.
    async fn connect(&self, transport: Transport, to: SocketAddr) -> Peer {
        let stream = self.env.net.connect(None, to).await.unwrap();
        if transport != Transport::Tls {
            return Peer(stream);
        }
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.pem().as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("b.example").unwrap();
        let io = TlsConnector::from(Arc::new(config)).connect(name, stream.io).await.unwrap();
        Peer(driver::net::Stream { io: Box::new(io), local: stream.local, remote: stream.remote })
    }

    fn counts(&self, line: &str) -> bool {
        self.env.metrics.text().lines().any(|shown| shown == line)
    }
}

/// Says this much and no more; resolves when the other end has closed too.
async fn breaks_off(mut peer: Peer, said: &str) {
    peer.say(said).await;
    peer.0.io.shutdown().await.unwrap();
    assert_eq!(peer.hear().await, "", "{said:?} is nothing to answer");
}

fn up_to(text: &str, cut: &str) -> String {
    let end = text.find(cut).expect("is in it") + cut.len();
    text[..end].to_owned()
}

async fn is_answered(peer: &mut Peer, request: &str) {
    peer.say(request).await;
    assert_eq!(peer.hear_message().await.status(), Some(200));
}

#[test]
fn c18_3_a_sip_peer_that_closes_within_a_message_costs_only_itself() {
    for transport in [Transport::Tcp, Transport::Tls] {
        world(false, async move {
            let (lab, service) = (Lab::new(), Echo::new());
            let (listeners, tls) = (vec![Lab::listener(transport)], vec![lab.profile()]);
            let node: NodeHandle =
                agent(NodeConfig { listeners, tls, ..NodeConfig::new("server") }, &service, &lab.env);
            let to = node.address("main").unwrap();
            let request = raw("SIP/2.0/TCP a.example;branch=z9hG4bK1", "");
            let mut other = lab.connect(transport, to).await;
            for (number, cut) in (1..).zip(CUTS) {
                let (before, after) = request.split_at(request.len() - 7 * number);
                other.say(before).await;
                breaks_off(lab.connect(transport, to).await, &up_to(&request, cut)).await;
                let line =
                    format!("sip_dropped_total{{node=\"server\",reason=\"message broken off\"}} {number}");
                assert!(lab.counts(&line), "{cut:?}: {}", lab.env.metrics.text());
                is_answered(&mut other, after).await;
                assert_eq!(service.count(), number, "nothing of {cut:?} was taken for a request");
            }
            let open = format!("sip_connections{{node=\"server\",transport=\"{}\"}} 1", transport.via_name());
            assert!(lab.counts(&open), "{}", lab.env.metrics.text());
            // Between two messages a peer may leave as it likes.
            breaks_off(lab.connect(transport, to).await, "").await;
            let line = "sip_dropped_total{node=\"server\",reason=\"message broken off\"} 5";
            assert!(lab.counts(line) && lab.env.metrics.panics() == 0);
        });
    }
}

#[test]
fn c18_3_a_response_that_breaks_off_fails_its_request_and_no_other() {
    world(false, async {
        let (lab, service) = (Lab::new(), Echo::new());
        let listeners = vec![Lab::listener(Transport::Tcp)];
        let server = agent(NodeConfig { listeners, ..NodeConfig::new("server") }, &service, &lab.env);
        let client = agent(NodeConfig::new("client"), &Echo::new(), &lab.env);
        let mut broken = lab.env.net.listen(at("127.0.0.1:0"), driver::net::Share::Alone).unwrap();
        let to_broken = hop(Transport::Tcp, broken.local());
        let breaks = async {
            let accepted = std::future::poll_fn(|cx| broken.poll_accept(cx)).await.unwrap().unwrap();
            let mut peer = Peer(accepted);
            peer.hear_message().await;
            peer.say("SIP/2.0 200 OK\r\nVia: SIP/2.0/T").await;
        };
        let (failed, ()) = tokio::join!(client.request(message(), to_broken), breaks);
        assert!(matches!(failed, Err(WireError::Unreachable(_))), "{failed:?}");
        let line = "sip_dropped_total{node=\"client\",reason=\"message broken off\"} 1";
        assert!(lab.counts(line), "{}", lab.env.metrics.text());
        let to = hop(Transport::Tcp, server.address("main").unwrap());
        assert_eq!(client.request(message(), to).await.unwrap().response.status(), Some(200));
    });
}

#[test]
fn c9112_8_an_http_peer_that_closes_within_a_request_costs_only_itself() {
    for transport in [Transport::Tcp, Transport::Tls] {
        world(false, async move {
            let lab = Lab::new();
            let http =
                Http::new(HttpConfig { tls: vec![lab.profile()], ..HttpConfig::new("server") }, &lab.env)
                    .unwrap();
            let echo = http_support::Echo::new();
            let listener = HttpListener {
                names: vec!["b.example".into()],
                ..HttpListener::new(Lab::listener(transport))
            };
            let to = http.listen(listener, Arc::new(http_support::Shared(echo.clone()))).unwrap().address;
            let put = "PUT /a HTTP/1.1\r\nHost: b.example\r\nContent-Length: 4\r\n\r\n";
            let mut other = lab.connect(transport, to).await;
            for (number, cut) in (1..).zip(["PU", "PUT /a HTTP/1.1\r\nHo", "\r\nContent-Length: 4\r\n"]) {
                other.say(&format!("{put}bo")).await;
                breaks_off(lab.connect(transport, to).await, &up_to(put, cut)).await;
                assert_eq!(http_support::refused(&lab.env, "head broken off"), number, "{cut:?}");
                assert_eq!(http_support::ask(&mut other, "dy").await.0, 200);
            }
            for number in 1..=2 {
                let mut peer = lab.connect(transport, to).await;
                peer.say(&format!("{put}bo")).await;
                peer.0.io.shutdown().await.unwrap();
                while !peer.hear().await.is_empty() {}
                assert_eq!(http_support::refused(&lab.env, "body broken off"), number);
                assert_eq!(http_support::ask(&mut other, &format!("{put}body")).await.0, 200);
            }
            assert_eq!(echo.count(), 5, "no half of a request was taken for one");
            breaks_off(lab.connect(transport, to).await, "").await;
            assert_eq!(http_support::refused(&lab.env, "head broken off"), 3);
        });
    }
}
