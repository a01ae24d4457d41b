//! What is promised to others is here first, on disk, before it is promised.
//!
//! A store holds records by key. A [`Batch`] changes several of them at once or none, and only if what its writer had
//! read is still so. Versions count up over the whole store and are never given twice, so that a record's version can
//! be shown to others as its entity tag (RFC 4825 clause 7.11, RFC 9110 clause 8.8.3).
//!
//! No runtime is named here: futures are plain, and an engine that must block has a thread of its own.

mod batch;
#[cfg(test)]
mod battery;
mod fault;
mod health;
mod redb;
mod store;

pub use batch::{Batch, Change, Expect, Precondition};
pub use fault::{CommitError, Conflict, Fault, Kind};
pub use health::{Health, Metrics};
pub use redb::{Disk, Redb};
pub use store::{Entry, Record, Store, Version};
