//! What operators see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use driver::{
    Admin, Memory, Net, Readiness,
    net::{Datagrams, Listener, Share, Stream},
};
use support::*;
use wire::BoxFuture;

async fn get(env: &driver::Env, admin: &Admin, request: &str) -> String {
    let mut peer = Peer::connect(env, admin.address()).await;
    peer.say(&format!("{request} HTTP/1.1\r\nHost: admin\r\n\r\n")).await;
    let mut heard = String::new();
    loop {
        let more = peer.hear().await;
        if more.is_empty() {
            return heard;
        }
        heard.push_str(&more);
    }
}

#[test]
fn liveness_readiness_and_metrics_are_served_and_nothing_else() {
    world(true, async {
        let (_, env) = memory();
        let readiness = Readiness::new();
        readiness.lacks("store", "it is \"opening\"");
        let admin =
            Admin::start(&*env.net, at("10.0.0.1:9090"), env.metrics.clone(), readiness.clone()).unwrap();

        assert!(get(&env, &admin, "GET /livez").await.starts_with("HTTP/1.1 200 "));
        let unready = get(&env, &admin, "GET /readyz").await;
        assert!(unready.starts_with("HTTP/1.1 503 "), "{unready}");
        assert!(unready.contains(r#"{"ready":false,"reasons":{"store":"it is \"opening\""}}"#), "{unready}");
        readiness.has("store");
        assert!(get(&env, &admin, "GET /readyz").await.starts_with("HTTP/1.1 200 "));
        let metrics = get(&env, &admin, "GET /metrics").await;
        assert!(metrics.contains("\nmcx_panics_total 0\n") && metrics.ends_with("# EOF\n"), "{metrics}");
        assert!(get(&env, &admin, "POST /metrics").await.starts_with("HTTP/1.1 405 "));
        assert!(get(&env, &admin, "GET /etc/passwd").await.starts_with("HTTP/1.1 404 "));
    });
}

#[test]
fn a_scraper_that_stalls_is_closed() {
    world(true, async {
        let (_, env) = memory();
        let admin =
            Admin::start(&*env.net, at("10.0.0.1:9090"), env.metrics.clone(), Readiness::new()).unwrap();
        let mut slow = Peer::connect(&env, admin.address()).await;
        slow.say("GET /metr").await;
        let begun = tokio::time::Instant::now();
        while !slow.hear().await.is_empty() {}
        assert_eq!(begun.elapsed().as_secs(), 10);
    });
}

#[test]
fn connections_that_say_nothing_take_no_probe_from_anybody() {
    world(true, async {
        let (_, env) = memory();
        let admin =
            Admin::start(&*env.net, at("10.0.0.1:9090"), env.metrics.clone(), Readiness::new()).unwrap();
        let mut idle = Vec::new();
        for _ in 0..100 {
            idle.push(Peer::connect(&env, admin.address()).await);
        }
        assert!(get(&env, &admin, "GET /livez").await.starts_with("HTTP/1.1 200 "));
        assert_eq!(idle[0].hear().await, "", "made room");
        idle[99].say("GET /livez HTTP/1.1\r\nHost: admin\r\n\r\n").await;
        assert!(idle[99].hear().await.starts_with("HTTP/1.1 200 "), "the latest are still there");
    });
}

/// A machine without room for another connection, which counts how often it is asked.
struct Full(Memory, Arc<AtomicUsize>);

struct FullListener(SocketAddr, Arc<AtomicUsize>);

impl Net for Full {
    fn listen(&self, address: SocketAddr, _: Share) -> io::Result<Box<dyn Listener>> {
        Ok(Box::new(FullListener(address, self.1.clone())))
    }

    fn connect(&self, from: Option<IpAddr>, to: SocketAddr) -> BoxFuture<'static, io::Result<Stream>> {
        self.0.connect(from, to)
    }

    fn bind(&self, address: SocketAddr, share: Share) -> io::Result<Box<dyn Datagrams>> {
        self.0.bind(address, share)
    }
}

impl Listener for FullListener {
    fn local(&self) -> SocketAddr {
        self.0
    }

    fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<Option<io::Result<Stream>>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Err(io::ErrorKind::OutOfMemory.into())))
    }
}

#[test]
fn accepting_rests_while_the_machine_has_no_room() {
    world(true, async {
        let (net, env) = memory();
        let asked = Arc::new(AtomicUsize::new(0));
        let net = Full(net, asked.clone());
        let admin = Admin::start(&net, at("10.0.0.1:9090"), env.metrics.clone(), Readiness::new()).unwrap();
        tokio::time::sleep(Duration::from_millis(1050)).await;
        assert_eq!(asked.load(Ordering::Relaxed), 11);
        drop(admin);
    });
}
