//! The partner MC system requests group configuration from the primary MC system.

mod following;
mod preconditions;
mod steps;

pub(crate) const CLAUSE: &str = "10.2.7.3";
