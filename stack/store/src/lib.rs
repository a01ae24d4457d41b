//! What is promised to others is here first, on disk, before it is promised.
//!
//! A store holds records by key. A [`Batch`] changes several of them at once or none, and only if what its writer had
//! read is still so. Versions count up over the whole store and are never given twice, so that a record's version can
//! be shown to others as its entity tag (RFC 4825 clause 7.11, RFC 9110 clause 8.8.3).
//!
//! Callers need no runtime: futures are plain, and an engine that must block, or wants a runtime, has a thread of its own.

mod archive;
mod batch;
#[cfg(any(test, feature = "battery"))]
pub mod battery;
mod clock;
mod fault;
mod health;
#[cfg(feature = "postgres")]
mod postgres;
mod redb;
mod store;
mod watch;

pub use archive::{Contents, Existing, Place, back_up, restore};
pub use batch::{Batch, Change, Expect, Precondition};
pub use clock::Clock;
pub use fault::{CommitError, Conflict, Fault, Kind};
pub use health::{Health, Metrics};
#[cfg(feature = "postgres")]
pub use postgres::{Address, Migration, Postgres};
pub use redb::{Disk, Redb};
pub use store::{Entry, Record, Store, Version};
pub use watch::{Event, Happened};
