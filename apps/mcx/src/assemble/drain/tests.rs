use std::{net::SocketAddr, sync::Arc};

use driver::{Env, ListenerConfig, Memory, Metrics, Node, NodeConfig, NodeHandle, RuntimeClock, SeededIds};
use sip::{Message, Method, Name, Request, Response};
use tokio::{
    runtime::{Builder, Handle},
    task::{LocalSet, spawn_local},
};
use wire::{Arrival, BoxFuture, Hop, Reply, Service, Streams, TerminateAll, Transport, Wire as _, WireError};

use super::*;

const TIME: Duration = Duration::from_secs(3);

/// Takes its time, and answers 200.
struct Slow;

impl Service for Slow {
    fn serve(&self, _: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        Box::pin(async {
            tokio::time::sleep(TIME).await;
            Response::new(200).into()
        })
    }
}

fn env() -> Env {
    Env {
        net: Arc::new(Memory::new()),
        clock: Arc::new(RuntimeClock::starting_at(std::time::SystemTime::UNIX_EPOCH)),
        ids: Arc::new(SeededIds::new(1)),
        recorder: Arc::new(wire::Silent),
        metrics: Metrics::new(),
        runtime: Handle::current(),
        room: driver::Room::default(),
    }
}

fn way(name: &str, address: &str, env: &Env) -> Running {
    let listener = ListenerConfig::new("inner", address.parse().unwrap(), Transport::Tcp);
    let config = NodeConfig { listeners: vec![listener], ..NodeConfig::new(name) };
    let node = Node::start(config, Arc::new(TerminateAll), Arc::new(Slow), env).unwrap();
    Running { table: name.to_owned(), name: name.to_owned(), node: Some(node), http: None, gate: None }
}

async fn ask(node: &NodeHandle, address: &str) -> Result<(u16, bool), WireError> {
    let request = Request::new(Method::Message, "sip:b.example")
        .header(Name::From, "<sip:a.example>;tag=1")
        .header(Name::To, "<sip:b.example>")
        .header(Name::CallId, "c")
        .header(Name::CSeq, "1 MESSAGE");
    let address: SocketAddr = address.parse().unwrap();
    let (name, transport, streams) = ("peer".into(), Transport::Tcp, Streams::default());
    let hop = Hop { name, transport, address, tls: None, connection: None, streams };
    let response = node.request(request, hop).await?.response;
    Ok((response.status().unwrap(), response.header(Name::RetryAfter).is_some()))
}

#[test]
fn rfc3261_21_5_4_an_entity_that_has_ended_its_work_says_503_until_the_others_have() {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(LocalSet::new().run_until(async {
        let env = env();
        let asker =
            Node::start(NodeConfig::new("asker"), Arc::new(TerminateAll), Arc::new(Slow), &env).unwrap();
        let entities = [way("busy", "10.0.0.1:5060", &env), way("idle", "10.0.0.2:5060", &env)];
        let accepted = spawn_local({
            let asker = asker.clone();
            async move { ask(&asker, "10.0.0.1:5060").await }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        let begun = Instant::now();
        let drained = spawn_local(async move { in_order(&entities, Duration::from_secs(10)).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(ask(&asker, "10.0.0.2:5060").await, Ok((503, true)));
        assert_eq!(accepted.await.unwrap(), Ok((200, false)));
        drained.await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 2, "as long as the work took");
        assert!(ask(&asker, "10.0.0.2:5060").await.is_err(), "closed");
    }));
}
