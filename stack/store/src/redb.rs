//! The engine for one machine: a file, in process, without set-up.
//!
//! One thread owns all writing. It takes every batch that waits, up to a bound, into one durable transaction, so that
//! the price of reaching the disk is shared; the preconditions of each batch are checked there, after the batches
//! before it. Reads go on beside it on the caller's thread and see the last transaction.

mod disk;
mod faults;
mod format;
mod group;
mod writer;

use std::{path::Path, sync::Arc};

use ::redb::{Database, ReadableDatabase};
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use parking_lot::Mutex;

use crate::{Batch, CommitError, Entry, Fault, Record, Store, Version};

pub use disk::Disk;
use faults::fault;
use format::RECORDS;
use group::Group;
use writer::Writer;

/// A store in one file. Dropping it waits for the batches that have been handed in.
pub struct Redb {
    database: Arc<Database>,
    commits: Commits,
}

/// How a batch reaches the writer.
enum Commits {
    /// Through the queue of the writer's thread.
    Grouped(Group),
    /// On the spot, one by one: nothing is ever under way, so that a test can count on what it sees.
    Inline(Mutex<Writer>),
}

impl Redb {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`Fault`] when the file cannot be opened, is damaged ([`Kind::Corrupt`](crate::Kind::Corrupt)), in use
    /// ([`Kind::InUse`](crate::Kind::InUse)) or from a later version of this program
    /// ([`Kind::Newer`](crate::Kind::Newer)).
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let what = format!("cannot open the store {}", path.display());
        let database = Database::create(path).map_err(|error| fault(&what, error))?;
        let writer = Writer::open(Arc::new(database)).map_err(|fault| fault.at(&what))?;
        let database = writer.database();
        let group = Group::start(writer)?;
        Ok(Self { database, commits: Commits::Grouped(group) })
    }

    /// Opens a store in memory, which commits inline. What has been committed is found again by whoever opens the same
    /// disk once this store has been dropped.
    ///
    /// # Errors
    /// As [`Redb::open`].
    pub fn open_in_memory(disk: Disk) -> Result<Self, Fault> {
        let what = "cannot open the store in memory";
        let database = Database::builder().create_with_backend(disk).map_err(|error| fault(what, error))?;
        let writer = Writer::open(Arc::new(database)).map_err(|fault| fault.at(what))?;
        Ok(Self { database: writer.database(), commits: Commits::Inline(Mutex::new(writer)) })
    }

    fn read(&self, key: &[u8]) -> Result<Option<Record>, ::redb::Error> {
        let records = self.database.begin_read()?.open_table(RECORDS)?;
        Ok(records.get(key)?.map(|found| record(found.value())))
    }

    fn read_range(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, ::redb::Error> {
        let records = self.database.begin_read()?.open_table(RECORDS)?;
        let from = after.filter(|after| *after >= prefix).unwrap_or(prefix);
        let mut entries = Vec::new();
        for found in records.range(from..)? {
            let (key, value) = found?;
            if entries.len() >= limit || !key.value().starts_with(prefix) {
                break;
            }
            if after != Some(key.value()) {
                entries
                    .push(Entry { key: Bytes::copy_from_slice(key.value()), record: record(value.value()) });
            }
        }
        Ok(entries)
    }
}

impl Store for Redb {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        let read = self.read(key).map_err(|error| fault("cannot read a record", error));
        std::future::ready(read).boxed()
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        let read = self.read_range(prefix, after, limit).map_err(|error| fault("cannot read a range", error));
        std::future::ready(read).boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        match &self.commits {
            Commits::Grouped(group) => group.commit(batch),
            Commits::Inline(writer) => std::future::ready(writer.lock().commit_one(&batch)).boxed(),
        }
    }
}

fn record((version, value): (u64, &[u8])) -> Record {
    Record { value: Bytes::copy_from_slice(value), version: Version(version) }
}

#[cfg(test)]
mod tests;
