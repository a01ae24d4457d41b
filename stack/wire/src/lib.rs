//! The waist: everything that a procedure or a proxy chain ever sees of the network, of time and of chance.
//!
//! No socket and no runtime is named here. `driver` implements these traits over the kernel, and again over
//! memory for tests; `apps/kit` and the proxy chains use them and nothing below them.

mod arrival;
mod clock;
mod hop;
mod ids;
mod inline;
mod record;
mod service;
pub mod web;
mod world;

pub use arrival::{AnchorId, Arrival, Certificate, ConnectionId, Identity, Transport};
pub use clock::{Clock, Steady, Tasks};
pub use futures::future::BoxFuture;
pub use hop::{Hop, Opened, Streams, TlsPeer};
pub use ids::Ids;
pub use inline::{Branch, Decision, Forward, Inline, TerminateAll, Vias};
pub use record::{Entry, Kind, Recorder, Silent};
pub use service::{Reply, Service};
pub use world::{Answer, Wire, WireError, World};
