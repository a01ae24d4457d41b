//! On-demand request of location information across MC systems.

mod branches;
mod elements;
mod ladders;
mod partners;
mod reports;
mod steps;

pub(crate) const CLAUSE: &str = "10.9.3.10.2";
