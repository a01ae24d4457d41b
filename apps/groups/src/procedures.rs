//! The procedures, one file for each and role.

pub mod abroad;
pub mod accept_provision;
pub mod follow;
pub(crate) mod migrated;
pub mod provide;
pub mod provide_on_request;
pub mod request_abroad;
pub mod withdraw;
