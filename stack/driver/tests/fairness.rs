//! What one peer may take, and what is left to the others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{future::poll_fn, sync::Arc, time::Duration};

use driver::{Admission, Env, Limits, ListenerConfig, NodeConfig, NodeHandle};
use support::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, timeout},
};
use wire::{Transport, Wire as _};

const SERVER: &str = "10.0.0.2:5060";
const OTHER: &str = "10.0.0.77";

fn server(env: &Env, transport: Transport, limits: Limits) -> (NodeHandle, Arc<Echo>) {
    let service = Echo::new();
    let listener = ListenerConfig::new("main", at(SERVER), transport);
    let config = NodeConfig { listeners: vec![listener], limits, ..NodeConfig::new("server") };
    (agent(config, &service, env), service)
}

fn admitting(env: &Env, admission: Admission) -> (NodeHandle, Arc<Echo>) {
    let service = Echo::new();
    let listener = ListenerConfig::new("main", at(SERVER), Transport::Tcp).admission(admission);
    let config = NodeConfig { listeners: vec![listener], ..NodeConfig::new("server") };
    (agent(config, &service, env), service)
}

async fn from(env: &Env, source: &str) -> Peer {
    Peer(env.net.connect(Some(source.parse().unwrap()), at(SERVER)).await.unwrap())
}

async fn ping(peer: &mut Peer) {
    peer.say("\r\n\r\n").await;
    assert_eq!(peer.hear().await, "\r\n");
}

#[test]
fn rfc5626_3_5_1_pings_of_a_peer_that_reads_no_pong_are_bounded() {
    world(true, async {
        let (_, env) = memory();
        let limits = Limits { unread: 32 << 10, ..Limits::default() };
        let (_server, _) = server(&env, Transport::Tcp, limits);
        let mut flood = from(&env, OTHER).await;
        let pings = "\r\n\r\n".repeat(1 << 20);
        // Closed from the other side before all of it is taken.
        let said = timeout(Duration::from_secs(60), flood.0.io.write_all(pings.as_bytes())).await;
        assert!(said.expect("the connection is closed").is_err());
        assert!(env.metrics.text().contains("reason=\"unread\""));
    });
}

#[test]
fn rfc3261_18_a_peer_that_does_not_read_is_not_read_from_until_it_does() {
    world(true, async {
        let (_, env) = memory();
        let (_server, _) = server(&env, Transport::Tcp, Limits::default());
        let greedy = from(&env, OTHER).await;
        let (mut hears, mut says) = tokio::io::split(greedy.0.io);
        let count = 1 << 20;
        let mut saying = tokio::task::spawn_local(async move {
            says.write_all("\r\n\r\n".repeat(count).as_bytes()).await.unwrap();
            says
        });
        assert!(timeout(Duration::from_secs(30), &mut saying).await.is_err(), "all of it was taken");
        ping(&mut from(&env, "10.0.0.78").await).await;
        // Thirty seconds in the middle of a ping are not held against it.
        let mut pongs = vec![0; 2 * count];
        hears.read_exact(&mut pongs).await.unwrap();
        saying.await.unwrap();
    });
}

#[test]
fn connections_that_we_open_take_nothing_from_what_a_peer_may_open() {
    world(true, async {
        let (_, env) = memory();
        let one = Admission { per_address: 1, ..Admission::default() };
        let (server, _) = admitting(&env, one);
        let to = at(&format!("{OTHER}:5060"));
        let mut listener = env.net.listen(to, driver::net::Share::Alone).unwrap();
        let asked = tokio::spawn(server.request(message(), hop(Transport::Tcp, to)));
        let ours = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap().unwrap();
        let mut theirs = from(&env, OTHER).await;
        ping(&mut theirs).await;
        drop(ours);
        assert!(asked.await.unwrap().is_err());
        // The end of ours does not make room for another of theirs.
        let begun = Instant::now();
        assert_eq!(from(&env, OTHER).await.hear().await, "");
        assert!(begun.elapsed() < Duration::from_secs(1), "at once");
        ping(&mut theirs).await;
    });
}

fn datagram(number: usize, extra: &str) -> String {
    raw(&format!("SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK{number}"), extra)
}

fn status(text: &str) -> String {
    text.get(8..11).unwrap_or_default().to_owned()
}

/// One peer asks three times at once, then another asks: what the two are told.
async fn rivals(limits: Limits, extra: &str) -> (Vec<String>, Vec<String>) {
    let (_, env) = memory();
    let (_server, service) = server(&env, Transport::Udp, limits);
    *service.delay.lock() = Some(Duration::from_secs(1));
    let (greedy, modest) = (Socket::bind(&env, "10.0.0.76:5060"), Socket::bind(&env, "10.0.0.77:5060"));
    (0..3).for_each(|number| greedy.say(at(SERVER), &datagram(number, extra)));
    let mut heard: Vec<_> = greedy.hear().await.iter().map(|text| status(text)).collect();
    modest.say(at(SERVER), &datagram(3, extra));
    while heard.len() < 3 {
        heard.extend(greedy.hear().await.iter().map(|text| status(text)));
    }
    (heard, modest.hear().await.iter().map(|text| status(text)).collect())
}

#[test]
fn rfc3261_21_5_4_one_peer_is_told_503_at_half_of_what_there_is_and_another_is_served() {
    let transactions = transaction::Limits { transactions: 4, ..transaction::Limits::default() };
    for (what, limits) in [
        ("deliveries", Limits { deliveries: 4, ..Limits::default() }),
        ("transactions", Limits { transactions, ..Limits::default() }),
        ("octets", Limits { requests_octets: 4300, ..Limits::default() }),
    ] {
        world(true, async move {
            let extra = if what == "octets" { format!("X: {}\r\n", "x".repeat(700)) } else { String::new() };
            let (greedy, modest) = rivals(limits, &extra).await;
            assert_eq!(greedy, ["503", "200", "200"], "{what}");
            assert_eq!(modest, ["200"], "{what}");
        });
    }
}
