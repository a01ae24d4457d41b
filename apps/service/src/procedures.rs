//! The procedures of an MC service server.

pub mod follow_profiles;
pub mod log_on;
pub mod request_group;
pub mod request_location;
