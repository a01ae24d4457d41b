//! What an answer releases never overtakes the answer ([`wire::Reply::after`]).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use driver::{Env, LateWire, ListenerConfig, Node, NodeConfig, NodeHandle, Shards};
use sip::{Message, Response};
use support::*;
use tokio::runtime::{Builder, Runtime};
use wire::{Arrival, BoxFuture, Hop, Reply, Service, Transport, Wire};

const SHARDS: [Shards; 3] = [Shards::Local, Shards::Threads(1), Shards::Threads(2)];

/// Answers, and then asks whoever has asked, by the way by which the question came.
struct AsksBack(Arc<LateWire>);

impl Service for AsksBack {
    fn serve(&self, _: Message, arrival: Arrival) -> BoxFuture<'static, Reply> {
        let wire = self.0.clone();
        let after: BoxFuture<'static, ()> = Box::pin(async move {
            let back = Hop { connection: arrival.connection, ..hop(arrival.transport, arrival.remote) };
            drop(wire.request(message(), back).await);
        });
        Box::pin(async move { Reply { response: Response::new(200), after: Some(after) } })
    }
}

/// Where services run, beside the shards: only so can what is released race with the answer.
fn entities() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn server(env: &Env, shards: Shards, transport: Transport) -> NodeHandle {
    let wire = LateWire::new();
    let listener = ListenerConfig::new("main", at("127.0.0.1:0"), transport);
    let config = NodeConfig { shards, listeners: vec![listener], ..NodeConfig::new("server") };
    let service = Arc::new(AsksBack(wire.clone()));
    let node = Node::start(config, Arc::new(wire::TerminateAll), service, env).unwrap();
    wire.connect(&node);
    node
}

#[test]
fn rfc3428_7_the_acceptance_is_heard_before_whatever_it_releases() {
    let entities = entities();
    for shards in SHARDS {
        world(false, async {
            let env = Env { runtime: entities.handle().clone(), ..kernel() };
            let node = server(&env, shards, Transport::Udp);
            for count in 0..20 {
                let peer = Socket::bind(&env, "127.0.0.1:0");
                let via = format!("SIP/2.0/UDP {};branch=z9hG4bK{count}", peer.address());
                peer.say(node.address("main").unwrap(), &raw(&via, ""));
                let mut heard = Vec::new();
                while heard.len() < 2 {
                    heard.extend(peer.hear().await.into_iter().map(|text| text.starts_with("SIP/2.0 200 ")));
                }
                assert_eq!(heard[..2], [true, false], "{shards:?}");
            }
            node.stop();
        });
    }
}

#[test]
fn rfc3428_7_on_one_connection_the_acceptance_stands_before_whatever_it_releases() {
    let entities = entities();
    for shards in SHARDS {
        world(false, async {
            let env = Env { runtime: entities.handle().clone(), ..kernel() };
            let node = server(&env, shards, Transport::Tcp);
            for count in 0..20 {
                let mut peer = Peer::connect(&env, node.address("main").unwrap()).await;
                peer.say(&raw(&format!("SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bK{count}"), "")).await;
                let mut heard = String::new();
                while !(heard.contains("SIP/2.0 200 ") && heard.contains("MESSAGE sip:")) {
                    let more = peer.hear().await;
                    assert!(!more.is_empty(), "closed after {heard}");
                    heard.push_str(&more);
                }
                assert!(heard.starts_with("SIP/2.0 200 "), "{shards:?}: {heard}");
            }
            node.stop();
        });
    }
}
