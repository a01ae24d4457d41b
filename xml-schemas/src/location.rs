//! Location information flows. TS 23.280 10.9.2
//!
//! Between MC systems, and between a requester and its own location management server (10.9.3.10.2): [`LocationRequest`] and
//! [`LocationReport`] on three bodies: `mcptt-info`, `location-info` and the companion `interconnection-info`, which says what
//! the other two cannot: several targets, and refusals. Between a location management server and the target's client
//! (10.9.3.2): [`ClientLocationRequest`] and [`ClientLocationReport`] on the two bodies that any client of TS 24.379 knows.

mod client_report;
mod client_request;
mod position;
mod report;
mod request;

pub use client_report::{ClientAnswer, ClientLocationReport};
pub use client_request::ClientLocationRequest;
pub use position::{Coordinate, Position};
pub use report::{LocationReport, Refusal, TargetAnswer, TargetReport};
pub use request::{LocationItem, LocationRequest};
