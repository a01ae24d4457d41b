//! Several shards over the kernel: what lands on the wrong one is handed over once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{sync::Arc, time::Duration};

use driver::{ListenerConfig, Node, NodeConfig, Shards};
use parking_lot::Mutex;
use sip::{Edits, Message, Response};
use support::*;
use wire::{Arrival, ConnectionId, Decision, Forward, Hop, Inline, Transport, Vias, Wire as _};

fn config(name: &str, transport: Transport) -> NodeConfig {
    let listener = ListenerConfig::new("main", at("127.0.0.1:0"), transport);
    NodeConfig { listeners: vec![listener], shards: Shards::Threads(3), ..NodeConfig::new(name) }
}

#[test]
fn responses_find_their_transaction_whichever_shard_they_land_on() {
    world(false, async {
        let env = kernel();
        let service = Echo::new();
        let server = agent(config("server", Transport::Udp), &service, &env);
        let relay = Relay::new(hop(Transport::Udp, server.address("main").unwrap()), Vias::Replace);
        let middle = proxy(config("middle", Transport::Udp), &relay, &env);
        // The kernel chooses a shard by both addresses, so all of the server's responses land on one shard of the
        // client's and the middle's, while requests leave by all of them.
        let client = agent(config("client", Transport::Udp), &Echo::new(), &env);
        let to = hop(Transport::Udp, middle.address("main").unwrap());
        for number in 0..30 {
            let request = message_of(&format!("call-{number}"));
            assert_eq!(client.request(request, to.clone()).await.unwrap().response.status(), Some(200));
        }
        assert_eq!(service.count(), 30, "none was sent twice");
        assert!(!env.metrics.text().contains("stray response"));
    });
}

#[test]
fn requests_of_one_call_leave_in_order_by_one_shard_and_calls_are_spread() {
    world(false, async {
        let env = kernel();
        let service = Echo::new();
        let server = agent(config("server", Transport::Tcp), &service, &env);
        let client = agent(config("client", Transport::Tcp), &Echo::new(), &env);
        let to = hop(Transport::Tcp, server.address("main").unwrap());
        let mut by = std::collections::HashSet::new();
        for call in 0..20 {
            let mut of_call = std::collections::HashSet::new();
            for _ in 0..4 {
                client.request(message_of(&format!("call-{call}")), to.clone()).await.unwrap();
                of_call.insert(service.last().1.remote);
            }
            assert_eq!(of_call.len(), 1, "one connection, so one shard");
            by.extend(of_call);
        }
        assert_eq!(by.len(), 3, "every shard has its own");
    });
}

#[test]
fn a_flow_is_used_from_every_shard() {
    world(false, async {
        let env = kernel();
        let phone = Echo::new();
        let service = Echo::new();
        let core = agent(config("core", Transport::Tcp), &service, &env);
        let client = agent(NodeConfig::new("phone"), &phone, &env);
        client.request(message(), hop(Transport::Tcp, core.address("main").unwrap())).await.unwrap();
        let (_, arrival) = service.last();

        let flow = Hop { connection: arrival.connection, ..hop(Transport::Tcp, at("127.0.0.1:1")) };
        core.request(message(), flow).await.unwrap();
        assert_eq!(phone.count(), 1);
    });
}

/// Remembers the connection of who says so, and forwards everybody else's requests to it.
#[derive(Default)]
struct Registrar(Mutex<Option<ConnectionId>>);

impl Inline for Registrar {
    fn request(&self, request: &Message, arrival: &Arrival) -> Decision {
        if request.extension("X-Here").is_some() {
            *self.0.lock() = arrival.connection;
            return Decision::Respond(Response::new(200));
        }
        let hop = Hop { connection: *self.0.lock(), ..hop(Transport::Tcp, at("127.0.0.1:1")) };
        let (edits, vias) = (Edits::new(), Vias::Add);
        Decision::Forward(Box::new(Forward { hop, edits, vias, unreachable: None, others: Vec::new() }))
    }
}

#[test]
fn a_proxy_sends_by_a_flow_of_another_shard() {
    world(false, async {
        let env = kernel();
        let phone = Echo::new();
        let core =
            Node::start(config("core", Transport::Tcp), Arc::new(Registrar::default()), Echo::new(), &env)
                .unwrap();
        let to = hop(Transport::Tcp, core.address("main").unwrap());
        let registered = agent(NodeConfig::new("phone"), &phone, &env);
        registered.request(message().extension("X-Here", "yes"), to.clone()).await.unwrap();
        // The kernel spreads the callers' connections over the shards, so that most stand on another than the phone's.
        for _ in 0..20 {
            let caller = agent(NodeConfig::new("caller"), &Echo::new(), &env);
            let answer = caller.request(message(), to.clone()).await.unwrap();
            assert_eq!(answer.response.status(), Some(200));
        }
        assert_eq!(phone.count(), 20);
    });
}

#[test]
fn a_drained_node_has_closed_its_sockets_so_that_its_successor_can_bind_them() {
    world(false, async {
        let env = kernel();
        let node = agent(config("first", Transport::Udp), &Echo::new(), &env);
        let address = node.address("main").unwrap();
        for _ in 0..5 {
            let node = agent(
                NodeConfig {
                    listeners: vec![ListenerConfig::new("main", at("127.0.0.1:0"), Transport::Tcp)],
                    ..config("next", Transport::Tcp)
                },
                &Echo::new(),
                &env,
            );
            let address = node.address("main").unwrap();
            node.drain(Duration::from_secs(1)).await;
            assert!(env.net.connect(None, address).await.is_err());
        }
        node.drain(Duration::from_secs(1)).await;
        let alone = ListenerConfig::new("main", address, Transport::Udp);
        let successor = NodeConfig { listeners: vec![alone], ..NodeConfig::new("second") };
        assert_eq!(agent(successor, &Echo::new(), &env).address("main"), Some(address));
    });
}

#[test]
fn a_flow_that_breaks_fails_requests_of_other_shards_at_once() {
    world(false, async {
        let env = kernel();
        let registrar = Arc::new(Registrar::default());
        let core = Node::start(config("core", Transport::Tcp), registrar, Echo::new(), &env).unwrap();
        let to = hop(Transport::Tcp, core.address("main").unwrap());
        // A phone that never answers, and then is gone.
        let mut phone = Peer::connect(&env, to.address).await;
        phone.say(&raw("SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bK1", "X-Here: yes\r\n")).await;
        assert_eq!(phone.hear_message().await.status(), Some(200));
        let callers: Vec<_> = (0..12).map(|_| agent(NodeConfig::new("caller"), &Echo::new(), &env)).collect();
        let asked: Vec<_> =
            callers.iter().map(|node| tokio::spawn(node.request(message(), to.clone()))).collect();
        let mut heard = String::new();
        while heard.matches("MESSAGE sip:").count() < callers.len() {
            heard.push_str(&phone.hear().await);
        }
        drop(phone);
        for answer in asked {
            let answer =
                tokio::time::timeout(Duration::from_secs(5), answer).await.unwrap().unwrap().unwrap();
            assert_eq!(answer.response.status(), Some(503));
        }
    });
}

#[test]
fn a_second_node_with_shards_at_the_same_address_does_not_start() {
    for transport in [Transport::Udp, Transport::Tcp] {
        world(false, async {
            let env = kernel();
            let first = agent(config("first", transport), &Echo::new(), &env);
            let address = first.address("main").unwrap();
            for (there, shards) in [
                (address, Shards::Threads(3)),
                (at(&format!("0.0.0.0:{}", address.port())), Shards::Threads(2)),
                (address, Shards::Threads(1)),
            ] {
                let listeners = vec![ListenerConfig::new("main", there, transport)];
                let again = NodeConfig { listeners, shards, ..NodeConfig::new("second") };
                let refused =
                    Node::start(again, Arc::new(wire::TerminateAll), Echo::new(), &env).err().unwrap();
                let who = format!("the address is in use by process {}", std::process::id());
                assert!(refused.to_string().contains(&who), "{transport:?} {shards:?}: {refused}");
            }
        });
    }
}
