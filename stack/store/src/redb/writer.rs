//! Checking and writing batches, several in one durable transaction.

use std::sync::Arc;

use ::redb::{Database, ReadableTable, Table};

use super::{
    faults::fault,
    format::{ABOUT, RECORDS, VERSION_KEY, prepare},
};
use crate::{Batch, Change, CommitError, Conflict, Expect, Fault, Precondition, Version};

/// The only one who writes to its database.
pub(super) struct Writer {
    database: Arc<Database>,
    /// The last version that was given to a commit which is on disk.
    version: u64,
}

type Records<'t> = Table<'t, &'static [u8], (u64, &'static [u8])>;

/// What became of one batch of a transaction.
pub(super) type Verdict = Result<Version, Conflict>;

impl Writer {
    pub(super) fn open(database: Arc<Database>) -> Result<Self, Fault> {
        let version = prepare(&database)?;
        Ok(Self { database, version })
    }

    pub(super) fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    pub(super) fn commit_one(&mut self, batch: &Batch) -> Result<Version, CommitError> {
        match self.commit([batch])?.pop() {
            Some(verdict) => Ok(verdict?),
            None => Ok(Version(self.version)),
        }
    }

    /// All batches in one transaction, each for itself. Gives one verdict per batch, in order, once all are on disk.
    pub(super) fn commit<'b>(
        &mut self,
        batches: impl IntoIterator<Item = &'b Batch>,
    ) -> Result<Vec<Verdict>, Fault> {
        let (verdicts, version) =
            self.write(batches).map_err(|error| fault("cannot commit to the store", error))?;
        self.version = version;
        Ok(verdicts)
    }

    fn write<'b>(
        &self,
        batches: impl IntoIterator<Item = &'b Batch>,
    ) -> Result<(Vec<Verdict>, u64), ::redb::Error> {
        let transaction = self.database.begin_write()?;
        let mut version = self.version;
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
            if version == self.version {
                return Ok((verdicts, version));
            }
            transaction.open_table(ABOUT)?.insert(VERSION_KEY, version)?;
        }
        transaction.commit()?;
        Ok((verdicts, version))
    }
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
