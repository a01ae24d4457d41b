//! The procedures of a location management client.

pub mod locate_abroad;
pub mod report_position;
