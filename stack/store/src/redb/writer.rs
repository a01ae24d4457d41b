//! Checking and writing batches, several in one durable transaction.

mod tables;

use std::sync::Arc;

use ::redb::{Database, ReadableDatabase};

use super::{
    engine::Engine,
    format::{ABOUT, EXPIRIES, VERSION_KEY},
    source::Source,
};
use crate::{
    Batch, Clock, CommitError, Conflict, Event, Fault, Version,
    clock::Moment,
    watch::{Hub, Told},
};
use tables::Tables;

/// How many expired records are deleted in one transaction, so that no batch waits long for it.
const SWEPT: usize = 256;

/// How many versions the file is told of at once, so that most commits need not write there too. A store that is opened again goes on
/// behind them.
const AHEAD: u64 = 1024;

/// The only one who writes to its database, closes it and opens it again.
pub(super) struct Writer {
    engine: Arc<Engine>,
    clock: Clock,
    hub: Arc<Hub>,
    /// The last version that was given to a commit which is on disk.
    version: u64,
    /// What the file says in its place: versions up to this are given without a word to the file.
    ahead: u64,
    /// Whether it would take long to verify all of the database, as of the last look for what has expired.
    is_large: bool,
}

/// What became of one batch of a transaction.
pub(super) type Verdict = Result<Version, Conflict>;

impl Writer {
    pub(super) fn open(source: Source, clock: Clock, hub: Arc<Hub>) -> Result<Self, Fault> {
        let (engine, version) = Engine::open(source)?;
        let is_large = engine.is_large();
        Ok(Self { engine, clock, hub, version, ahead: version, is_large })
    }

    pub(super) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.engine)
    }

    /// Commits on the spot. A database that is closed is opened first, and is opened again after a fault.
    pub(super) fn commit_one(&mut self, batch: &Batch) -> Result<Version, CommitError> {
        self.sweep_all()?;
        let (verdicts, _told) = self.commit([batch]).inspect_err(|_| {
            // A database that cannot be opened now is tried again by the next who needs it.
            let _ = self.mend();
        })?;
        match verdicts.into_iter().next() {
            Some(verdict) => Ok(verdict?),
            None => Ok(Version(self.version)),
        }
    }

    /// Opens the database again if it is closed. What had been committed when it broke has not been published.
    pub(super) fn mend(&mut self) -> Result<(), Fault> {
        if self.engine.fault().is_some() {
            let kept = self.engine.reopen(self.version)?;
            // A copy in the place of the file that was there may be older than that: no version is given twice.
            (self.version, self.ahead) = (self.version.max(kept), kept);
            self.hub.lag();
        }
        Ok(())
    }

    /// All batches in one transaction, each for itself. Gives one verdict per batch, in order, once all are on disk, and who is
    /// to be woken over them. After a fault the database is closed.
    pub(super) fn commit<'b>(
        &mut self,
        batches: impl IntoIterator<Item = &'b Batch>,
    ) -> Result<(Vec<Verdict>, Told), Fault> {
        let now = self.clock.moment();
        self.write("cannot commit to the store", |tables, version| {
            let mut verdicts = Vec::new();
            for batch in batches {
                verdicts.push(tables.commit(batch, version, now)?);
            }
            Ok(verdicts)
        })
    }

    /// Deletes records that have expired, and opens the database for it. Says whether there may be more.
    pub(super) fn sweep(&mut self) -> Result<bool, Fault> {
        self.mend()?;
        self.engine.find()?;
        self.is_large = self.engine.is_large();
        let now = self.clock.moment();
        let expired = self.engine.with("cannot look for what has expired", |database| expired(database, now));
        let expired = expired.map_err(|failed| {
            let fault = failed.fault.clone();
            self.engine.close(failed);
            fault
        })?;
        if expired.is_empty() {
            return Ok(false);
        }
        self.write("cannot delete what has expired", |tables, version| tables.sweep(&expired, version, now))?;
        Ok(expired.len() == SWEPT)
    }

    pub(super) fn sweep_all(&mut self) -> Result<(), Fault> {
        while self.sweep()? {}
        Ok(())
    }

    /// One durable transaction; none where it gives no new version. What was done is published once it is on disk,
    /// to those who are woken when what is returned is dropped.
    fn write<T>(
        &mut self,
        what: &str,
        act: impl FnOnce(&mut Tables<'_>, &mut u64) -> Result<T, ::redb::Error>,
    ) -> Result<(T, Told), Fault> {
        if let Some(fault) = self.engine.fault() {
            return Err(fault);
        }
        // Asked before as well, so that next to nothing is refused which is on disk all the same.
        self.engine.find()?;
        let (quick, mut ahead) = (self.is_large, self.ahead);
        let written =
            self.engine.with(what, |database| transact(database, quick, (self.version, &mut ahead), act));
        let (done, events, version) = written.map_err(|failed| {
            let fault = failed.fault.clone();
            self.engine.close(failed);
            fault
        })?;
        self.engine.find()?;
        (self.version, self.ahead) = (version, ahead);
        Ok((done, self.hub.publish(&events)))
    }
}

fn transact<T>(
    database: &Database,
    quick: bool,
    (last, ahead): (u64, &mut u64),
    act: impl FnOnce(&mut Tables<'_>, &mut u64) -> Result<T, ::redb::Error>,
) -> Result<(T, Vec<Event>, u64), ::redb::Error> {
    // While somebody reads what was before, the pages that this transaction frees are left to the next one, which writes down what is
    // free in any case. Otherwise redb would do that twice for each.
    let before = database.begin_read()?;
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(quick);
    let mut version = last;
    let mut tables = Tables::open(&transaction)?;
    let done = act(&mut tables, &mut version)?;
    let events = tables.close();
    if version != last {
        if version > *ahead {
            *ahead = version.saturating_add(AHEAD);
            transaction.open_table(ABOUT)?.insert(VERSION_KEY, *ahead)?;
        }
        transaction.commit()?;
    }
    drop(before);
    Ok((done, events, version))
}

/// The keys that have expired, up to a bound.
fn expired(database: &Database, now: Moment) -> Result<Vec<Vec<u8>>, ::redb::Error> {
    let expiries = database.begin_read()?.open_table(EXPIRIES)?;
    let beyond: (u64, &[u8]) = (now.0.saturating_add(1), b"");
    let mut keys = Vec::new();
    for found in expiries.range(..beyond)?.take(SWEPT) {
        keys.push(found?.0.value().1.to_vec());
    }
    Ok(keys)
}
