//! The primary MC system provides group configuration to the partner MC system.

mod preconditions;
mod steps;

pub(crate) const CLAUSE: &str = "10.2.7.2";
