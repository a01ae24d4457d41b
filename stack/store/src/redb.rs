//! The engine for one machine: a file, in process, without set-up.
//!
//! One thread owns all writing. It takes every batch that waits, up to a bound, into one durable transaction, so that
//! the price of reaching the disk is shared; the preconditions of each batch are checked there, after the batches
//! before it. Reads go on beside it on the caller's thread and see the last transaction.
//!
//! After a fault the writer closes the database and opens it again, at once and then after growing pauses. Until that
//! has succeeded, reads and commits are refused with the fault ([`Health::Broken`]); a read that comes while the database is being
//! opened waits for the outcome. While the disk is full, commits alone are refused: what is there can be read. It is full from the
//! commit that found no space until a megabyte can be written beside the file. It is likewise once the file has been deleted, or
//! another put in its place: nothing is acknowledged that nobody would find again, and what is there then is opened. That somebody
//! has written over the file itself is not noticed.

mod archive;
mod disk;
mod engine;
mod faults;
mod format;
mod group;
mod overlay;
mod place;
mod room;
mod row;
mod source;
mod writer;

use std::{path::Path, sync::Arc};

use ::redb::{Database, ReadableDatabase};
use bytes::Bytes;
use futures::{FutureExt, channel::oneshot, future::BoxFuture, stream::BoxStream};
use parking_lot::Mutex;

use crate::{
    Batch, Clock, CommitError, Entry, Event, Fault, Health, Record, Store, Version, clock::Moment, watch::Hub,
};

pub(crate) use archive::{export, import, verify};
pub use disk::Disk;
use engine::Engine;
use format::RECORDS;
use group::Group;
use row::Row;
use source::Source;
use writer::Writer;

/// A store in one file. Dropping it waits for the batches that have been handed in.
pub struct Redb {
    // Before the engine: the file is closed when its last user has gone.
    commits: Commits,
    engine: Arc<Engine>,
    clock: Clock,
    hub: Arc<Hub>,
}

/// How a batch reaches the writer.
enum Commits {
    /// Through the queue of the writer's thread.
    Grouped(Group),
    /// On the spot, one by one: nothing is ever under way, so that a test can count on what it sees.
    Inline(Mutex<Writer>),
}

impl Redb {
    /// Opens the file, or makes it. One of up to 128 MiB is verified whole; in a larger one a damaged record is told when
    /// it is read. It is for its owner alone: a new file has the mode 0600, and one with a wider mode is narrowed, with a
    /// warning. What expires by `clock` is deleted about every second.
    ///
    /// Where the disk is full, what is in the file can be read, and commits are refused until there is space again.
    ///
    /// # Errors
    /// [`Fault`] when the file cannot be opened, is damaged ([`Kind::Corrupt`](crate::Kind::Corrupt)), in use
    /// ([`Kind::InUse`](crate::Kind::InUse)) or from a later version of this program
    /// ([`Kind::Newer`](crate::Kind::Newer)).
    pub fn open(path: &Path, clock: Clock) -> Result<Self, Fault> {
        Self::open_caching(path, source::CACHE, clock)
    }

    /// The same, with so many octets of memory for pages of the file. Each page takes about a quarter more than its size, so that a
    /// process becomes larger than this by more than what else it holds.
    ///
    /// # Errors
    /// As [`Redb::open`].
    pub fn open_caching(path: &Path, octets: usize, clock: Clock) -> Result<Self, Fault> {
        Self::grouped(Source::File(path.to_path_buf(), octets), clock)
    }

    /// Opens a store in memory, which commits inline. What has been committed is found again by whoever opens the same
    /// disk once this store has been dropped. After a fault it is opened again at once and, where that fails, by the
    /// next who needs it. What has expired is deleted by the next who needs the store, or [`Redb::sweep`].
    ///
    /// # Errors
    /// As [`Redb::open`].
    pub fn open_in_memory(disk: Disk, clock: Clock) -> Result<Self, Fault> {
        let hub = Arc::default();
        let writer = Writer::open(Source::Memory(disk), clock.clone(), Arc::clone(&hub))?;
        Ok(Self { engine: writer.engine(), commits: Commits::Inline(Mutex::new(writer)), clock, hub })
    }

    fn grouped(source: Source, clock: Clock) -> Result<Self, Fault> {
        let hub = Arc::default();
        let writer = Writer::open(source, clock.clone(), Arc::clone(&hub))?;
        let engine = writer.engine();
        Ok(Self { engine, commits: Commits::Grouped(Group::start(writer, clock.clone())?), clock, hub })
    }

    /// Says how the store is: now, and from then on whenever it breaks, could not be opened again, or has been. It is
    /// called on the thread that found out, must not block, and must not use the store.
    pub fn on_health(&self, tell: impl Fn(&Health) + Send + 'static) {
        self.engine.watch(Box::new(tell));
    }

    /// Deletes what has expired, where that waits for whoever needs the store next: for a world that advances its own
    /// clock.
    ///
    /// # Errors
    /// [`Fault`] as of a commit.
    pub fn sweep(&self) -> Result<(), Fault> {
        match &self.commits {
            Commits::Inline(writer) => writer.lock().sweep_all(),
            Commits::Grouped(_) => Ok(()),
        }
    }

    /// A record that is damaged is told to who reads it; over any other failure the database is closed and opened again.
    fn reading<T>(
        &self,
        what: &str,
        read: impl FnOnce(&Database, Moment) -> Result<Result<T, Fault>, ::redb::Error>,
    ) -> Result<Result<T, Fault>, Interrupted> {
        if let Commits::Inline(writer) = &self.commits {
            // Where the store cannot be opened to be written to, it may still be read; what has expired is passed over.
            let _ = writer.lock().sweep_all();
        }
        let now = self.clock.moment();
        let failed = match self.engine.with(what, |database| read(database, now)) {
            Ok(done) => return Ok(done),
            Err(failed) => failed,
        };
        let fault = failed.fault.clone();
        let until = match &self.commits {
            Commits::Grouped(_) => self.engine.coming(&failed),
            Commits::Inline(_) => None,
        };
        match &self.commits {
            Commits::Grouped(group) => group.look(failed),
            Commits::Inline(_) => self.engine.close(failed),
        }
        match until {
            Some(until) => Err(Interrupted { fault, until }),
            None => Ok(Err(fault)),
        }
    }

    /// Once more, when the attempt to open the database has ended. Where the database breaks again and again that is told.
    async fn reading_after<T>(
        &self,
        mut interrupted: Interrupted,
        what: &str,
        read: impl Fn(&Database, Moment) -> Result<Result<T, Fault>, ::redb::Error>,
    ) -> Result<T, Fault> {
        for _ in 0..TRIES {
            // The attempt has ended, too, when nobody is there any more to say so.
            let _ = interrupted.until.await;
            match self.reading(what, &read) {
                Ok(done) => return done,
                Err(again) => interrupted = again,
            }
        }
        Err(interrupted.fault)
    }
}

/// How often a read is tried that was interrupted.
const TRIES: usize = 3;

/// The database was closed under a read, and is being opened again.
#[derive(Debug)]
struct Interrupted {
    fault: Fault,
    until: oneshot::Receiver<()>,
}

const RECORD: &str = "cannot read a record";
const RANGE: &str = "cannot read a range";

impl Store for Redb {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        match self.reading(RECORD, |database, now| read(database, key, now)) {
            Ok(done) => std::future::ready(done).boxed(),
            Err(interrupted) => {
                let key = key.to_vec();
                self.reading_after(interrupted, RECORD, move |database, now| read(database, &key, now))
                    .boxed()
            }
        }
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        match self.reading(RANGE, |database, now| read_range(database, prefix, after, limit, now)) {
            Ok(done) => std::future::ready(done).boxed(),
            Err(interrupted) => {
                let (prefix, after) = (prefix.to_vec(), after.map(<[u8]>::to_vec));
                let read = move |database: &Database, now| {
                    read_range(database, &prefix, after.as_deref(), limit, now)
                };
                self.reading_after(interrupted, RANGE, read).boxed()
            }
        }
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        match &self.commits {
            Commits::Grouped(group) => group.commit(batch),
            Commits::Inline(writer) => std::future::ready(writer.lock().commit_one(&batch)).boxed(),
        }
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        self.hub.watch(prefix, Version(0))
    }
}

type Read<T> = Result<Result<T, Fault>, ::redb::Error>;

fn read(database: &Database, key: &[u8], now: Moment) -> Read<Option<Record>> {
    let records = database.begin_read()?.open_table(RECORDS)?;
    let Some(found) = records.get(key)? else { return Ok(Ok(None)) };
    let row = Row::read(key, found.value());
    Ok(row.and_then(|row| (!row.has_expired(now)).then(|| row.record(key)).transpose()))
}

fn read_range(
    database: &Database,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
    now: Moment,
) -> Read<Vec<Entry>> {
    let records = database.begin_read()?.open_table(RECORDS)?;
    let from = after.filter(|after| *after >= prefix).unwrap_or(prefix);
    let mut entries = Vec::new();
    for found in records.range(from..)? {
        let (key, value) = found?;
        let key = key.value();
        if entries.len() >= limit || !key.starts_with(prefix) {
            break;
        }
        let row = match Row::read(key, value.value()) {
            Ok(row) if after == Some(key) || row.has_expired(now) => continue,
            row => row.and_then(|row| row.record(key)),
        };
        match row {
            Ok(record) => entries.push(Entry { key: Bytes::copy_from_slice(key), record }),
            Err(damaged) => return Ok(Err(damaged)),
        }
    }
    Ok(Ok(entries))
}

#[cfg(test)]
mod tests;
