//! The only place with sockets and clocks.
//!
//! A [`Node`] is one SIP endpoint of one entity: its listeners, its connections, its transactions, and the chain and
//! the service that it hands requests to. It is cut into shards, each of which owns what it opened or accepted and
//! shares nothing on the hot path. The network under it is the kernel's or one in memory ([`net`]), with the same
//! code over both, so that two whole systems can be tested in one process on a paused clock.
//!
//! Above this crate nobody names a socket, a runtime or a clock; what they see of it is `wire`.

pub mod admin;
mod clock;
mod config;
mod env;
mod http;
mod ids;
mod late;
mod metrics;
pub mod net;
mod node;
mod room;
mod shard;
mod subscriber;
mod tasks;
pub mod tls;

pub use crate::http::{Http, HttpConfig, HttpLimits, HttpListener};
pub use admin::{Admin, Readiness};
pub use clock::{RuntimeClock, SystemClock};
pub use config::{Admission, Limits, ListenerConfig, Network, NodeConfig, Shards, TlsProfile};
pub use env::Env;
pub use ids::{SeededIds, SystemIds};
pub use late::LateWire;
pub use metrics::Metrics;
pub use net::{Kernel, Memory, Net};
pub use node::{Bound, Node, NodeHandle, StartError};
pub use room::Room;
pub use tasks::RuntimeTasks;
