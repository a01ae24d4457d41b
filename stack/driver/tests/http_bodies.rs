//! Bodies that do not come: whoever sends them keeps nobody else from what he wants.
//! RFC 9110 clauses 15.5.9 and 15.6.4 · RFC 9113 clause 10.5
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod http_support;
mod support;

use std::net::SocketAddr;

use driver::{Env, HttpLimits};
use http_support::{http2::*, *};
use support::{Peer, memory, world};
use tokio::{io::AsyncWriteExt as _, time::Instant};

const PUT: &str = "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";

/// A peer at this address that speaks HTTP/2 and begins so many bodies, with this much of each.
async fn stalls(env: &Env, host: u8, to: SocketAddr, bodies: u32, octets: usize) -> Peer {
    let mut peer = Peer(env.net.connect(Some([10, 0, 1, host].into()), to).await.unwrap());
    let mut asks = begin();
    for stream in (0..bodies).map(|number| 2 * number + 1) {
        asks.extend(frame(HEADERS, END_HEADERS, stream, &post("/a")));
        if octets > 0 {
            asks.extend(frame(DATA, 0, stream, &vec![b'x'; octets]));
        }
    }
    peer.0.io.write_all(&asks).await.unwrap();
    tokio::task::yield_now().await;
    peer
}

/// Asks with a body and without, from an address of its own, and is served at once.
async fn is_served(env: &Env, to: SocketAddr) {
    let began = Instant::now();
    let mut good = Peer(env.net.connect(Some([10, 0, 2, 1].into()), to).await.unwrap());
    good.say(PUT).await;
    assert_eq!(ask(&mut good, "123456789").await.0, 200);
    assert_eq!(ask(&mut good, &http_support::get("/b")).await.0, 200);
    assert!(began.elapsed() < seconds(1), "{:?}", began.elapsed());
}

#[test]
fn bodies_that_stall_on_45_connections_of_five_addresses_keep_nobody_waiting() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, HttpLimits::default());
        let began = Instant::now();
        let mut hostile = Vec::new();
        for number in 0..45 {
            hostile.push(stalls(&env, number % 5, to, 100, 0).await);
        }
        tokio::time::sleep(seconds(1)).await;
        is_served(&env, to).await;
        assert_eq!(refused(&env, "body made room"), 4500 - 2048 + 1, "the last for the good one");
        assert_eq!((echo.count(), refused(&env, "too many requests")), (2, 0));
        tokio::time::sleep(seconds(10)).await;
        assert_eq!(refused(&env, "body too slow"), 2047);
        assert!(began.elapsed() < seconds(15), "{:?}", began.elapsed());
        drop(hostile);
    });
}

#[test]
fn octets_that_stall_keep_nobody_waiting() {
    world(true, async {
        let (_net, env) = memory();
        let limits = HttpLimits { octets: 64 << 10, body: 16 << 10, ..HttpLimits::default() };
        let (_http, to, _) = server(&env, limits);
        let mut hostile = Vec::new();
        for host in 0..8 {
            hostile.push(stalls(&env, host, to, 2, 8 << 10).await);
        }
        is_served(&env, to).await;
        assert_eq!(refused(&env, "too many octets"), 0);
    });
}

#[test]
fn whoever_is_refused_on_his_head_is_not_waited_for() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, HttpLimits::default());
        let began = Instant::now();
        let mut stuck = peer(&env, to).await;
        let (status, _, _) = ask(&mut stuck, &PUT.replace("/a", "/not-for-you")).await;
        assert_eq!((status, stuck.hear().await.as_str()), (401, ""), "the rest is not wanted");
        let mut stuck = stalls(&env, 1, to, 0, 0).await;
        let asks = frame(HEADERS, END_HEADERS, 1, &post("/not-for-you"));
        stuck.0.io.write_all(&asks).await.unwrap();
        let told = frames(&mut stuck).await;
        let of_stream = |kind| told.iter().position(|(is, stream, _)| (*is, *stream) == (kind, 1));
        assert!(of_stream(HEADERS).is_some() && of_stream(HEADERS) < of_stream(RST_STREAM), "{told:?}");
        assert!(began.elapsed() < seconds(6), "{:?}", began.elapsed());
        assert_eq!(echo.count(), 0);
        assert_eq!(ask(&mut peer(&env, to).await, &PUT.replace("/a", "/panic-on-head")).await.0, 500);
        assert_eq!(env.metrics.panics(), 1);
    });
}

#[test]
fn a_body_keeps_a_pace() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, HttpLimits::default());
        let drips = |size: usize, part: usize| {
            let env = env.clone();
            async move {
                let began = Instant::now();
                let mut peer = peer(&env, to).await;
                peer.say(&format!("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n")).await;
                let mut left = size;
                while left > 0 && peer.0.io.write_all(&vec![b'x'; part.min(left)]).await.is_ok() {
                    left -= part.min(left);
                    tokio::time::sleep(seconds(1)).await;
                }
                (answer(&mut peer).await.0, began.elapsed().as_secs())
            }
        };
        assert_eq!(drips(99, 1).await.0, 408, "however steady");
        assert_eq!(drips(100 << 10, 5 << 10).await, (200, 20));
        assert_eq!(drips(100 << 10, 2 << 10).await.0, 408);
        assert_eq!((echo.count(), refused(&env, "body too slow")), (1, 2));
    });
}
