//! Checking and writing batches, several in one durable transaction.

use std::sync::Arc;

use ::redb::{Database, ReadableTable, Table};

use super::{
    engine::Engine,
    format::{ABOUT, RECORDS, VERSION_KEY},
    source::Source,
};
use crate::{Batch, Change, CommitError, Conflict, Expect, Fault, Precondition, Version};

/// The only one who writes to its database, closes it and opens it again.
pub(super) struct Writer {
    engine: Arc<Engine>,
    /// The last version that was given to a commit which is on disk.
    version: u64,
}

type Records<'t> = Table<'t, &'static [u8], (u64, &'static [u8])>;

/// What became of one batch of a transaction.
pub(super) type Verdict = Result<Version, Conflict>;

impl Writer {
    pub(super) fn open(source: Source) -> Result<Self, Fault> {
        let (engine, version) = Engine::open(source)?;
        Ok(Self { engine, version })
    }

    pub(super) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.engine)
    }

    /// Commits on the spot. A database that is closed is opened first, and is opened again after a fault.
    pub(super) fn commit_one(&mut self, batch: &Batch) -> Result<Version, CommitError> {
        self.mend()?;
        let verdicts = self.commit([batch]).inspect_err(|_| {
            // A database that cannot be opened now is tried again by the next who needs it.
            let _ = self.mend();
        })?;
        match verdicts.into_iter().next() {
            Some(verdict) => Ok(verdict?),
            None => Ok(Version(self.version)),
        }
    }

    /// Opens the database again if it is closed.
    pub(super) fn mend(&mut self) -> Result<(), Fault> {
        if self.engine.fault().is_some() {
            self.version = self.engine.reopen()?;
        }
        Ok(())
    }

    /// All batches in one transaction, each for itself. Gives one verdict per batch, in order, once all are on disk.
    /// After a fault the database is closed.
    pub(super) fn commit<'b>(
        &mut self,
        batches: impl IntoIterator<Item = &'b Batch>,
    ) -> Result<Vec<Verdict>, Fault> {
        let written =
            self.engine.with("cannot commit to the store", |database| write(database, self.version, batches));
        let (verdicts, version) = written.map_err(|failed| {
            let fault = failed.fault.clone();
            self.engine.close(failed);
            fault
        })?;
        self.version = version;
        Ok(verdicts)
    }
}

fn write<'b>(
    database: &Database,
    last: u64,
    batches: impl IntoIterator<Item = &'b Batch>,
) -> Result<(Vec<Verdict>, u64), ::redb::Error> {
    let transaction = database.begin_write()?;
    let mut version = last;
    let mut verdicts = Vec::new();
    {
        let mut records = transaction.open_table(RECORDS)?;
        for batch in batches {
            let verdict = match violated(&records, batch.preconditions())? {
                Some(precondition) => Err(Conflict { key: precondition.key.clone() }),
                None => {
                    version += 1;
                    apply(&mut records, batch.changes(), version)?;
                    Ok(Version(version))
                }
            };
            verdicts.push(verdict);
        }
        if version == last {
            return Ok((verdicts, version));
        }
        transaction.open_table(ABOUT)?.insert(VERSION_KEY, version)?;
    }
    transaction.commit()?;
    Ok((verdicts, version))
}

fn violated<'b>(
    records: &Records<'_>,
    preconditions: &'b [Precondition],
) -> Result<Option<&'b Precondition>, ::redb::Error> {
    for precondition in preconditions {
        let found = records.get(&precondition.key[..])?.map(|record| record.value().0);
        let expected = match precondition.expect {
            Expect::Absent => None,
            Expect::Version(version) => Some(version.0),
        };
        if found != expected {
            return Ok(Some(precondition));
        }
    }
    Ok(None)
}

fn apply(records: &mut Records<'_>, changes: &[Change], version: u64) -> Result<(), ::redb::Error> {
    for change in changes {
        match change {
            Change::Put { key, value } => drop(records.insert(&key[..], (version, &value[..]))?),
            Change::Delete { key } => drop(records.remove(&key[..])?),
        }
    }
    Ok(())
}
