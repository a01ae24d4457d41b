//! The trait that every engine implements.

use std::{fmt, time::SystemTime};

use bytes::Bytes;
use futures::{future::BoxFuture, stream::BoxStream};

use crate::{Batch, CommitError, Event, Fault};

/// A place that keeps records over restarts. `battery.rs` says what it must do.
pub trait Store: Send + Sync {
    /// The record of a key, as of the last commit that was acknowledged or a later one. One that has expired is not found.
    ///
    /// # Errors
    /// [`Fault`], ours: the engine could not read.
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>>;

    /// The records whose keys begin with `prefix`, in the order of their keys, all of one moment: at most `limit`, and
    /// only those after the key `after`, with which a long range is read page by page.
    ///
    /// # Errors
    /// [`Fault`], ours: the engine could not read.
    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>>;

    /// Makes all changes of a batch or none. When it resolves to a version, the changes are durable, are seen by every
    /// read from then on, and all records that were put have that version. Dropping the future does not undo them.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when a precondition does not hold: nothing was changed. [`CommitError::Fault`] when
    /// the engine failed: nothing was acknowledged, and what was changed is found by reading.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>>;

    /// Every change of keys that begin with `prefix`, in the order of their versions, whoever makes it: all that are
    /// committed after this has returned, and perhaps some that were shortly before. An event is told once reads find
    /// what it tells of. To lose nothing, watch first and read then.
    ///
    /// The stream ends with the store. While the engine fails it waits.
    ///
    /// # Errors
    /// [`Kind::Lagged`](crate::Kind::Lagged) in place of events that were not fetched in time, or that the engine may
    /// have lost in a fault: read again. The stream goes on.
    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>>;
}

/// Which commit wrote a record: greater than that of every commit acknowledged before. Never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version(pub u64);

impl Version {
    /// Reads what [`Display`](fmt::Display) writes; none where it is anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_it = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(text, 16).ok().filter(|_| is_it).map(Self)
    }
}

/// As an entity tag shows it, without quotes.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What is kept under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// As it was put.
    pub value: Bytes,
    /// The commit that put it.
    pub version: Version,
    /// From when on it is found no more; none where it stays.
    pub expires: Option<SystemTime>,
}

/// A record and its key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The whole key, with the prefix.
    pub key: Bytes,
    /// What is kept under it.
    pub record: Record,
}
