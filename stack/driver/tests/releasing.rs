//! What an answer releases never overtakes the answer ([`wire::Reply::after`]).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use driver::{LateWire, ListenerConfig, Node, NodeConfig, Shards};
use sip::{Message, Response};
use support::*;
use wire::{Arrival, BoxFuture, Reply, Service, Transport, Wire};

/// Answers, and then asks whoever has asked.
struct AsksBack(Arc<LateWire>);

impl Service for AsksBack {
    fn serve(&self, _: Message, arrival: Arrival) -> BoxFuture<'static, Reply> {
        let wire = self.0.clone();
        let after: BoxFuture<'static, ()> = Box::pin(async move {
            drop(wire.request(message(), hop(Transport::Udp, arrival.remote)).await);
        });
        Box::pin(async move { Reply { response: Response::new(200), after: Some(after) } })
    }
}

#[test]
fn rfc3428_7_the_acceptance_is_heard_before_whatever_it_releases() {
    for shards in [Shards::Local, Shards::Threads(1), Shards::Threads(2)] {
        world(false, async {
            let env = kernel();
            let wire = LateWire::new();
            let listener = ListenerConfig::new("main", at("127.0.0.1:0"), Transport::Udp);
            let config = NodeConfig { shards, listeners: vec![listener], ..NodeConfig::new("server") };
            let service = Arc::new(AsksBack(wire.clone()));
            let node = Node::start(config, Arc::new(wire::TerminateAll), service, &env).unwrap();
            wire.connect(&node);
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
