//! The references in `docs/` say what the code does: every key of the configuration, every metric, every cause. README's lines are lines
//! that the program takes.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod docs {
    pub mod audit;
    pub mod causes;
    pub mod configuration;
    pub mod metrics;
    pub mod readme;
    pub mod sipp;
    pub mod table;
}
