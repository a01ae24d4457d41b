//! The procedures of an MC service client, a file each.

pub mod end_migration;
pub mod migrate;
