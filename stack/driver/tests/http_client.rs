//! What becomes of an entity's own requests: kept connections, what is repeated and what is not, and every way to fail.
//! RFC 9110 9.2.2 · RFC 9112 9.3
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod http_support;
mod support;

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use driver::{Env, Http, HttpConfig, HttpLimits, net::Stream};
use http::{Request, Response};
use http_support::*;
use support::{Peer, at, hop, memory, world};
use tokio::task::JoinHandle;
use wire::{Transport, WireError};

fn client(env: &Env, limits: HttpLimits) -> Http {
    Http::new(HttpConfig { limits, ..HttpConfig::new("client") }, env).unwrap()
}

type Asked = JoinHandle<Result<Response<Bytes>, WireError>>;

fn sends(http: &Http, method: &str, to: SocketAddr) -> Asked {
    let request = Request::builder().method(method).uri("http://xcap.b.example/a");
    tokio::spawn(http.web().fetch(request.body(Bytes::new()).unwrap(), hop(Transport::Tcp, to)))
}

/// A server that a test plays.
struct Server(Box<dyn driver::net::Listener>);

impl Server {
    fn new(env: &Env) -> Self {
        Self(env.net.listen(at("10.0.0.2:80"), driver::net::Share::Alone).unwrap())
    }

    async fn accept(&mut self) -> Peer {
        let accepted = std::future::poll_fn(|cx| self.0.poll_accept(cx));
        let stream: Stream = tokio::time::timeout(seconds(60), accepted).await.unwrap().unwrap().unwrap();
        Peer(stream)
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"1\"\r\n\r\nok";

#[test]
fn c9112_3_2_a_request_is_in_origin_form_with_host_and_the_connection_is_kept() {
    world(true, async {
        let (_net, env) = memory();
        let mut server = Server::new(&env);
        let http = client(&env, HttpLimits::default());
        let first = sends(&http, "GET", at("10.0.0.2:80"));
        let mut peer = server.accept().await;
        assert_eq!(peer.hear().await, "GET /a HTTP/1.1\r\nhost: xcap.b.example\r\n\r\n");
        peer.say(OK).await;
        let response = first.await.unwrap().unwrap();
        assert_eq!(
            (response.headers()["etag"].as_bytes(), &response.body()[..]),
            (&b"\"1\""[..], &b"ok"[..])
        );
        let second = sends(&http, "PUT", at("10.0.0.2:80"));
        assert!(peer.hear().await.starts_with("PUT /a HTTP/1.1\r\n"));
        peer.say(OK).await;
        assert!(second.await.unwrap().is_ok());
        tokio::time::sleep(seconds(61)).await;
        assert_eq!(peer.hear().await, "", "not kept for ever");
    });
}

#[test]
fn c9110_9_2_2_only_what_is_safe_is_repeated_after_it_has_left() {
    world(true, async {
        for (method, is_repeated) in
            [("GET", true), ("HEAD", true), ("PUT", false), ("DELETE", false), ("POST", false)]
        {
            let (_net, env) = memory();
            let mut server = Server::new(&env);
            let http = client(&env, HttpLimits::default());
            let first = sends(&http, "GET", at("10.0.0.2:80"));
            let mut kept = server.accept().await;
            kept.hear().await;
            kept.say(OK).await;
            assert!(first.await.unwrap().is_ok());
            let second = sends(&http, method, at("10.0.0.2:80"));
            assert!(kept.hear().await.starts_with(method));
            drop(kept);
            if is_repeated {
                let mut fresh = server.accept().await;
                assert!(fresh.hear().await.starts_with(method));
                fresh
                    .say(&OK.replace("\r\n\r\nok", if method == "HEAD" { "\r\n\r\n" } else { "\r\n\r\nok" }))
                    .await;
                assert!(second.await.unwrap().is_ok(), "{method}");
            } else {
                let outcome = second.await.unwrap();
                assert!(matches!(outcome, Err(WireError::Interrupted(_))), "{method}: {outcome:?}");
            }
        }
    });
}

#[test]
fn what_never_left_is_sent_by_another_connection_whatever_it_is() {
    world(true, async {
        let (_net, env) = memory();
        let mut server = Server::new(&env);
        let http = client(&env, HttpLimits::default());
        let first = sends(&http, "GET", at("10.0.0.2:80"));
        let mut kept = server.accept().await;
        kept.hear().await;
        kept.say(OK).await;
        assert!(first.await.unwrap().is_ok());
        drop(kept);
        tokio::time::sleep(seconds(1)).await;
        let second = sends(&http, "PUT", at("10.0.0.2:80"));
        let mut fresh = server.accept().await;
        assert!(fresh.hear().await.starts_with("PUT"));
        fresh.say(OK).await;
        assert!(second.await.unwrap().is_ok());
    });
}

#[test]
fn a_hop_that_is_not_there_has_had_no_effect() {
    world(true, async {
        let (net, env) = memory();
        let http = client(&env, HttpLimits::default());
        let outcome = sends(&http, "PUT", at("10.0.0.9:80")).await.unwrap();
        assert!(matches!(outcome, Err(WireError::Unreachable(_))), "{outcome:?}");
        let _server = Server::new(&env);
        net.cut("127.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let outcome = sends(&http, "PUT", at("10.0.0.2:80")).await.unwrap();
        assert!(matches!(outcome, Err(WireError::Unreachable(_))), "{outcome:?}");
    });
}

#[test]
fn silence_is_a_timeout_and_the_connection_is_not_used_again() {
    world(true, async {
        let (_net, env) = memory();
        let mut server = Server::new(&env);
        let http = client(&env, HttpLimits::default());
        let began = tokio::time::Instant::now();
        let asked = sends(&http, "GET", at("10.0.0.2:80"));
        let mut peer = server.accept().await;
        peer.hear().await;
        assert_eq!(asked.await.unwrap().unwrap_err(), WireError::Timeout);
        assert_eq!(began.elapsed().as_secs(), 10);
        assert_eq!(peer.hear().await, "");
    });
}

#[test]
fn unusable_responses_interrupt() {
    world(true, async {
        let bad = [
            "SIP/2.0 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "",
        ];
        for text in bad {
            let (_net, env) = memory();
            let mut server = Server::new(&env);
            let http = client(&env, HttpLimits { response_body: 1000, ..HttpLimits::default() });
            let asked = sends(&http, "PUT", at("10.0.0.2:80"));
            let mut peer = server.accept().await;
            peer.hear().await;
            peer.say(text).await;
            drop(peer);
            let outcome = asked.await.unwrap();
            assert!(matches!(outcome, Err(WireError::Interrupted(_))), "{text}: {outcome:?}");
        }
    });
}

#[test]
fn too_many_at_once_wait_and_more_are_refused() {
    world(true, async {
        let (_net, env) = memory();
        let mut server = Server::new(&env);
        let http = client(&env, HttpLimits { fetches: 1, waiting: 1, ..HttpLimits::default() });
        let first = sends(&http, "GET", at("10.0.0.2:80"));
        let mut peer = server.accept().await;
        let second = sends(&http, "GET", at("10.0.0.2:80"));
        tokio::time::sleep(seconds(1)).await;
        let third = sends(&http, "GET", at("10.0.0.2:80"));
        assert_eq!(third.await.unwrap().unwrap_err(), WireError::Overloaded);
        for _ in 0..2 {
            peer.hear().await;
            peer.say(OK).await;
        }
        assert!(
            first.await.unwrap().is_ok() && second.await.unwrap().is_ok(),
            "one after the other, on one connection"
        );
    });
}

#[test]
fn what_does_not_fit_the_hop_is_not_sent() {
    world(true, async {
        let (_net, env) = memory();
        let _server = Server::new(&env);
        let http = client(&env, HttpLimits::default());
        for uri in ["https://b.example/a", "/a", "http://user@b.example/a"] {
            let request = Request::get(uri).body(Bytes::new()).unwrap();
            let outcome = http.web().fetch(request, hop(Transport::Tcp, at("10.0.0.2:80"))).await;
            assert!(matches!(outcome, Err(WireError::Unreachable(_))), "{uri}: {outcome:?}");
        }
    });
}

#[test]
fn after_its_end_nothing_is_fetched() {
    world(true, async {
        let (_net, env) = memory();
        let (http, to, _) = server(&env, HttpLimits::default());
        let web = Arc::clone(&http.web());
        drop(http);
        tokio::time::sleep(seconds(1)).await;
        let request = Request::get("http://b.example/a").body(Bytes::new()).unwrap();
        assert_eq!(web.fetch(request, hop(Transport::Tcp, to)).await.unwrap_err(), WireError::Closed);
        assert!(env.net.connect(None, to).await.is_err(), "and nobody listens");
    });
}
