//! The shards of a node: each owns its sockets, its connections, its transactions and its timers, and everything in it
//! happens on one thread.

mod alarm;
mod answer;
mod budget;
mod common;
mod connect;
mod core;
mod deliver;
mod egress;
mod forward;
mod inbound;
mod inbox;
mod link;
mod links;
mod listen;
mod outbound;
mod response;
mod run;
mod start;
mod stream;
mod udp;

pub(crate) use common::Shared;
pub(crate) use start::start;
