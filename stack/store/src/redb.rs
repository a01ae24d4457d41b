//! The engine for one machine: a file, in process, without set-up.
//!
//! One thread owns all writing. It takes every batch that waits, up to a bound, into one durable transaction, so that
//! the price of reaching the disk is shared; the preconditions of each batch are checked there, after the batches
//! before it. Reads go on beside it on the caller's thread and see the last transaction.

//!
//! After a fault the writer closes the database and opens it again, at once and then after growing pauses. Until that
//! has succeeded, reads and commits are refused with the fault ([`Health::Broken`]).

mod disk;
mod engine;
mod faults;
mod format;
mod group;
mod source;
mod writer;

use std::{path::Path, sync::Arc};

use ::redb::{Database, ReadableDatabase};
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use parking_lot::Mutex;

use crate::{Batch, CommitError, Entry, Fault, Health, Record, Store, Version};

pub use disk::Disk;
use engine::Engine;
use format::RECORDS;
use group::Group;
use source::Source;
use writer::Writer;

/// A store in one file. Dropping it waits for the batches that have been handed in.
pub struct Redb {
    // Before the engine: the file is closed when its last user has gone.
    commits: Commits,
    engine: Arc<Engine>,
}

/// How a batch reaches the writer.
enum Commits {
    /// Through the queue of the writer's thread.
    Grouped(Group),
    /// On the spot, one by one: nothing is ever under way, so that a test can count on what it sees.
    Inline(Mutex<Writer>),
}

impl Redb {
    /// Opens the file, or makes it, and verifies all of it. It is for its owner alone: a new file has the mode 0600, and
    /// one with a wider mode is narrowed, with a warning.
    ///
    /// # Errors
    /// [`Fault`] when the file cannot be opened, is damaged ([`Kind::Corrupt`](crate::Kind::Corrupt)), in use
    /// ([`Kind::InUse`](crate::Kind::InUse)) or from a later version of this program
    /// ([`Kind::Newer`](crate::Kind::Newer)).
    pub fn open(path: &Path) -> Result<Self, Fault> {
        Self::grouped(Source::File(path.to_path_buf()))
    }

    /// Opens a store in memory, which commits inline. What has been committed is found again by whoever opens the same
    /// disk once this store has been dropped. After a fault it is opened again at once and, where that fails, by the
    /// next who needs it.
    ///
    /// # Errors
    /// As [`Redb::open`].
    pub fn open_in_memory(disk: Disk) -> Result<Self, Fault> {
        let writer = Writer::open(Source::Memory(disk))?;
        Ok(Self { engine: writer.engine(), commits: Commits::Inline(Mutex::new(writer)) })
    }

    fn grouped(source: Source) -> Result<Self, Fault> {
        let writer = Writer::open(source)?;
        let engine = writer.engine();
        Ok(Self { engine, commits: Commits::Grouped(Group::start(writer)?) })
    }

    /// Says how the store is: now, and from then on whenever it breaks, could not be opened again, or has been. It is
    /// called on the thread that found out, must not block, and must not use the store.
    pub fn watch(&self, watch: impl Fn(&Health) + Send + 'static) {
        self.engine.watch(Box::new(watch));
    }

    fn reading<T>(
        &self,
        what: &str,
        read: impl FnOnce(&Database) -> Result<T, ::redb::Error>,
    ) -> Result<T, Fault> {
        if let Commits::Inline(writer) = &self.commits {
            writer.lock().mend()?;
        }
        self.engine.with(what, read).map_err(|failed| {
            let fault = failed.fault.clone();
            match &self.commits {
                Commits::Grouped(group) => group.look(failed),
                Commits::Inline(_) => self.engine.close(failed),
            }
            fault
        })
    }
}

impl Store for Redb {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        let read = self.reading("cannot read a record", |database| read(database, key));
        std::future::ready(read).boxed()
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        let read = self.reading("cannot read a range", |database| read_range(database, prefix, after, limit));
        std::future::ready(read).boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        match &self.commits {
            Commits::Grouped(group) => group.commit(batch),
            Commits::Inline(writer) => std::future::ready(writer.lock().commit_one(&batch)).boxed(),
        }
    }
}

fn read(database: &Database, key: &[u8]) -> Result<Option<Record>, ::redb::Error> {
    let records = database.begin_read()?.open_table(RECORDS)?;
    Ok(records.get(key)?.map(|found| record(found.value())))
}

fn read_range(
    database: &Database,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<Entry>, ::redb::Error> {
    let records = database.begin_read()?.open_table(RECORDS)?;
    let from = after.filter(|after| *after >= prefix).unwrap_or(prefix);
    let mut entries = Vec::new();
    for found in records.range(from..)? {
        let (key, value) = found?;
        if entries.len() >= limit || !key.value().starts_with(prefix) {
            break;
        }
        if after != Some(key.value()) {
            entries.push(Entry { key: Bytes::copy_from_slice(key.value()), record: record(value.value()) });
        }
    }
    Ok(entries)
}

fn record((version, value): (u64, &[u8])) -> Record {
    Record { value: Bytes::copy_from_slice(value), version: Version(version) }
}

#[cfg(test)]
mod tests;
