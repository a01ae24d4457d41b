//! The one binary as a library: entities assembled into systems, and the commands around them.
//!
//! [`assemble`] is what `serve`, the lab and the tests share: a system is started from its configuration in whatever
//! world it is given, the kernel's network and clock or a test's.

pub mod acm;
pub mod alias;
mod ask;
pub mod assemble;
pub mod audit;
pub mod check;
pub mod cli;
pub mod config;
pub mod descriptors;
pub mod endpoints;
mod failure;
pub mod groups;
pub mod lab;
pub mod location;
pub mod log_in;
pub mod logging;
pub mod migrate;
pub mod serve;
pub mod service;
pub mod store;
mod table;
mod terminal;
pub mod users;

pub use assemble::System;
pub use config::SystemConfig;
pub use failure::Failure;

use std::future::Future;

use config::Threads;
use tokio::{
    runtime::{Builder, Runtime},
    task::LocalSet,
};

/// The runtime that entities run on; nodes bring threads of their own.
fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_multi_thread().enable_all().thread_name("entity").build()?)
}

/// Runs a system to its end, on the threads that its configuration asks for.
///
/// # Errors
/// A runtime that cannot be built, and whatever the work ends with.
pub fn block_on<T>(threads: Threads, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match threads {
        Threads::Own => runtime()?.block_on(work),
        Threads::Shared => {
            LocalSet::new().block_on(&Builder::new_current_thread().enable_all().build()?, work)
        }
    }
}
