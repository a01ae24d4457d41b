//! The smallest stateful proxy: forwards every request to one hop, hiding the Vias that it brought. For looking at what
//! the driver alone costs, with `strace -c`, `perf` and `interop/load`.
//!
//! `cargo run --release -p mcx-driver --example relay -- udp 127.0.0.1:5060 127.0.0.1:5070 1`

use std::{net::SocketAddr, sync::Arc};

use driver::{Env, Kernel, ListenerConfig, Metrics, Node, NodeConfig, Shards, SystemClock, SystemIds};
use sip::{Edits, Message};
use wire::{Arrival, BoxFuture, Decision, Forward, Hop, Inline, Reply, Service, Transport, Vias};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Relay(Hop);

impl Inline for Relay {
    fn request(&self, _: &Message, _: &Arrival) -> Decision {
        let (hop, vias) = (self.0.clone(), Vias::Replace);
        Decision::Forward(Box::new(Forward {
            hop,
            edits: Edits::new(),
            vias,
            unreachable: None,
            others: Vec::new(),
        }))
    }
}

struct Nobody;

impl Service for Nobody {
    fn serve(&self, _: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        Box::pin(std::future::ready(sip::Response::new(404).into()))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [transport, address, next, shards] = &arguments[..] else {
        return Err("usage: relay udp|tcp ADDRESS NEXT SHARDS".into());
    };
    let transport = if transport == "tcp" { Transport::Tcp } else { Transport::Udp };
    let (address, next): (SocketAddr, SocketAddr) = (address.parse()?, next.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let env = Env {
        net: Kernel::shared(),
        clock: SystemClock::shared(),
        ids: SystemIds::shared(),
        recorder: Arc::new(wire::Silent),
        metrics: Metrics::new(),
        runtime: runtime.handle().clone(),
        room: driver::Room::default(),
    };
    let hop = Hop {
        name: "next".into(),
        transport,
        address: next,
        tls: None,
        connection: None,
        streams: wire::Streams::default(),
    };
    let mut config = NodeConfig::new("relay");
    config.shards = Shards::Threads(shards.parse()?);
    config.listeners = vec![ListenerConfig::new("main", address, transport)];
    config.udp_mtu = 65_000;
    let _node = Node::start(config, Arc::new(Relay(hop)), Arc::new(Nobody), &env)?;
    runtime.block_on(std::future::pending::<()>());
    Ok(())
}
