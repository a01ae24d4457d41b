//! The MC gateway server: the proxy at the edge of an MC system (TS 23.280 clause 7.4.2, TS 24.379 clause 6.8).
//!
//! Read `chain.rs` first: the two lists in it are what the border does, in order. [`Gateway`] runs them for each request
//! inside the shard that received it; it spawns nothing, reads no store and waits for nobody.

mod agreement;
mod chain;
mod config;
mod content;
mod gateway;
mod http;
mod ladder;
mod metrics;
mod partners;
mod services;
mod strangers;
mod topology;

pub use crate::http::{
    Agreement, BadRoot, HttpConfig, HttpParts, Operations, PartnerHttpConfig, Proxy, Root, Server, Servers,
};
pub use chain::ALLOWED as METHODS;
pub use config::{BadGateway, Config, PartnerConfig, ServiceConfig, Side};
pub use gateway::{Gateway, Identity, Inside, Parts};
pub use metrics::Metrics;
pub use partners::{Partner, Partners};
pub use services::Services;
pub use topology::{BadName, Hosts, SealError, Sealer, WeakSecret};
