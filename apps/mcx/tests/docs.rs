//! The references in `docs/` say what the code does: every key of the configuration, every metric, every cause.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod docs {
    pub mod causes;
    pub mod configuration;
    pub mod metrics;
    pub mod table;
}
