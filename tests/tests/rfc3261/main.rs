//! RFC 3261 at running nodes: bad input at the gateway and the servers behind it, and the several terminals of one user.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests fail loudly")]

mod bad_input;
mod terminals;
