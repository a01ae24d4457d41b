//! Bad input, at the running gateway and the servers behind it: refused by name, and nobody else notices.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests fail loudly")]

mod bad_input;
