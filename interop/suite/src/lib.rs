//! What the interop tests share: a lab of two MC systems as `mcx` itself starts it, and others' software around it.
//!
//! Nothing here knows how mcx works within: a lab is what `endpoints.json` says, a message is octets on a socket, and a
//! peer is SIPp, openssl, curl or tshark. Agreement between the two sides is then agreement about the specifications.
//!
//! Every command line is printed as it is run, so that a test that fails shows how to repeat it by hand.
#![allow(clippy::disallowed_methods, reason = "real programs over real sockets, in real time")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod acm_replicas;
pub mod apart;
pub mod curl;
pub mod endpoints;
pub mod http;
pub mod lab;
pub mod message;
pub mod peer;
pub mod pieces;
pub mod postgres;
pub mod process;
pub mod replicas;
mod service_replicas;
pub mod sipp;
pub mod stunnel;
pub mod subscriber;
pub mod terminal;
pub mod tools;
pub mod torture;
pub mod xcap;

pub use acm_replicas::AcmReplicas;
pub use apart::Apart;
pub use endpoints::System;
pub use lab::Lab;
pub use peer::Peer;
pub use process::Running;
pub use replicas::Replicas;
pub use service_replicas::ServiceReplicas;
pub use terminal::Terminal;
