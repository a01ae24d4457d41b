//! Two MC systems in one process, assembled as `mcx serve` assembles them: their entities, real TLS, a network in
//! memory, and a clock that stands still until everybody waits for it.
//!
//! ```
//! use mcx_tests::{TwoSystems, located};
//!
//! TwoSystems::new().run(async |world| {
//!     let report = world.ask("alice", &["sip:bob@partner.example"]).await.unwrap();
//!     assert_eq!(located(&report), ["sip:bob@partner.example"]);
//! });
//! ```
#![allow(clippy::expect_used, clippy::panic, reason = "what tests stand on fails loudly")]

mod config;
pub mod flows;
mod keeping;
pub mod ladder;
mod ledger;
mod network;
mod pki;
mod plan;
mod played;
mod played_web;
mod recorder;
mod setup;
mod two_systems;

pub use config::Toml;
pub use flows::{causes, located};
pub use keeping::Life;
pub use network::{Fault, Network};
pub use played::Played;
pub use played_web::PlayedWeb;
pub use recorder::Recording;
pub use setup::{Home, Setup, Topology};
pub use two_systems::{Killed, TwoSystems, Visitor};
