//! The shards of a node: each owns its sockets, its connections, its transactions and its timers, and everything in it
//! happens on one thread.

mod alarm;
mod alias;
mod answer;
mod budget;
mod common;
mod connect;
mod core;
mod deliver;
mod door;
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
mod search;
mod seldom;
mod share;
mod start;
mod stream;
mod turns;
mod udp;
mod unanswered;

pub(crate) use common::Shared;
pub(crate) use seldom::{Seldom, SeldomEach};
pub(crate) use start::start;
