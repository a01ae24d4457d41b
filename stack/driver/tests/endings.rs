//! How a connection's end is learned of, and how a node ends in two phases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{future::poll_fn, time::Duration};

use driver::{LateWire, ListenerConfig, NodeConfig};
use sip::Name;
use support::*;
use tokio::time::{Instant, timeout};
use wire::{ConnectionId, Transport, Wire as _};

const SERVER: &str = "10.0.0.2:5060";

fn listening(name: &str) -> NodeConfig {
    let listener = ListenerConfig::new("main", at(SERVER), Transport::Tcp);
    NodeConfig { listeners: vec![listener], ..NodeConfig::new(name) }
}

#[test]
fn rfc5626_4_5_whoever_watches_a_flow_learns_of_its_end_at_once() {
    world(true, async {
        let (net, env) = memory();
        let _server = agent(listening("server"), &Echo::new(), &env);
        let client = agent(NodeConfig::new("client"), &Echo::new(), &env);
        let late = LateWire::new();
        late.connect(&client);
        let answer = late.request(message(), hop(Transport::Tcp, at(SERVER))).await.unwrap();
        let flow = answer.arrival.connection.unwrap();
        let mut watches = (client.ended(flow), late.ended(flow));
        assert!(timeout(Duration::from_secs(3600), &mut watches.0).await.is_err(), "it stands");
        let begun = Instant::now();
        net.cut("127.0.0.1".parse().unwrap(), at(SERVER).ip());
        watches.0.await;
        watches.1.await;
        client.ended(flow).await;
        client.ended(ConnectionId { shard: 7, serial: 1 }).await;
        assert!(begun.elapsed() < Duration::from_millis(10), "also of one that ended before, or never was");
    });
}

#[test]
fn rfc5626_4_4_1_a_flow_without_a_pong_in_ten_seconds_has_failed() {
    world(true, async {
        let (_, env) = memory();
        let client = agent(NodeConfig::new("client"), &Echo::new(), &env);
        let mut listener = env.net.listen(at(SERVER), driver::net::Share::Alone).unwrap();
        let asked = tokio::spawn(client.request(message(), hop(Transport::Tcp, at(SERVER))));
        let mut peer = Peer(poll_fn(|cx| listener.poll_accept(cx)).await.unwrap().unwrap());
        let begun = Instant::now();
        peer.hear().await;
        assert!(asked.await.unwrap().is_err(), "timer F");
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(peer.hear().await, "\r\n\r\n");
        peer.say("\r\n").await;
        client.ended(ConnectionId { shard: 0, serial: 1 }).await;
        // The second ping, 110 s after the first, has no answer.
        assert_eq!(begun.elapsed().as_secs(), 230);
        assert_eq!((peer.hear().await.as_str(), peer.hear().await.as_str()), ("\r\n\r\n", ""));
    });
}

#[test]
fn a_node_that_refuses_new_questions_takes_the_answers_that_accepted_work_waits_for() {
    world(true, async {
        let (_, env) = memory();
        let service = Echo::new();
        let node = agent(listening("entity"), &service, &env);
        *service.delay.lock() = Some(Duration::from_secs(3));
        let client = agent(NodeConfig::new("client"), &Echo::new(), &env);
        let to = hop(Transport::Tcp, at(SERVER));
        let accepted = tokio::spawn(client.request(message(), to.clone()));
        tokio::time::sleep(Duration::from_secs(1)).await;

        node.refuse_new(|request, _| request.extension("X-Report").is_some());
        let refused = client.request(message(), to.clone()).await.unwrap().response;
        assert_eq!(refused.status(), Some(503));
        assert!(refused.header(Name::RetryAfter).is_some());
        // By a connection of its own.
        let other = agent(NodeConfig::new("other"), &Echo::new(), &env);
        let begun = Instant::now();
        let report = other.request(message().extension("X-Report", "yes"), to);
        let (report, ()) = tokio::join!(report, async {
            tokio::task::yield_now().await;
            node.settled().await;
            assert!((3000..3100).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
        });
        assert_eq!(report.unwrap().response.status(), Some(200));
        assert_eq!(accepted.await.unwrap().unwrap().response.status(), Some(200));
        assert_eq!(service.count(), 2);
        node.drain(Duration::from_secs(1)).await;
    });
}

#[test]
fn rfc3261_21_5_4_a_drained_node_with_nothing_left_to_do_says_503_until_it_is_closed() {
    world(true, async {
        let (_, env) = memory();
        let listeners =
            [Transport::Tcp, Transport::Udp].map(|of| ListenerConfig::new("main", at(SERVER), of));
        let config = NodeConfig { listeners: listeners.to_vec(), ..NodeConfig::new("server") };
        let node = agent(config, &Echo::new(), &env);
        let begun = Instant::now();
        node.quiesce(Duration::from_secs(10)).await;
        assert_eq!(begun.elapsed(), Duration::ZERO, "nothing is under way");
        // By a connection that is opened now.
        let mut stream = Peer::connect(&env, at(SERVER)).await;
        stream.say(&raw("SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bK1", "")).await;
        let refused = stream.hear_message().await;
        assert_eq!(refused.status(), Some(503));
        assert!(refused.header(Name::RetryAfter).is_some());
        let socket = Socket::bind(&env, "10.0.0.1:5060");
        socket.say(at(SERVER), &raw("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1", ""));
        let refused = parse(&socket.hear().await.concat());
        assert_eq!(refused.status(), Some(503));
        assert!(refused.header(Name::RetryAfter).is_some());
        node.drain(Duration::from_secs(10)).await;
        assert_eq!(stream.hear().await, "");
        assert!(env.net.connect(None, at(SERVER)).await.is_err());
    });
}
