//! The procedures of an MC service server.

pub(crate) mod answer_for_absent;
pub(crate) mod ask_to_migrate;
pub(crate) mod bind;
pub(crate) mod end_revoked;
pub mod follow_profiles;
pub mod log_on;
pub mod publish_settings;
pub mod request_group;
pub mod request_location;
pub(crate) mod return_home;
pub(crate) mod settle;
