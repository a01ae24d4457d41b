//! The procedures of an MC service server.

pub mod log_on;
pub mod request_location;
