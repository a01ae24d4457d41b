//! What the MC service server does, a file each.

pub mod log_on;
pub mod request_location;
