//! The tables of one transaction, and what is done to them.

use ::redb::{ReadableTable, Table, WriteTransaction};
use bytes::Bytes;

use super::Verdict;
use crate::{
    Batch, Change, Conflict, Event, Happened, Precondition, Version,
    clock::Moment,
    redb::{
        format::{EXPIRIES, RECORDS},
        row::{Row, Stored, expires as expiry, has_expired},
    },
};

pub(super) struct Tables<'t> {
    records: Table<'t, &'static [u8], Stored<'static>>,
    /// Opened by the first who needs it: most of what is written does not expire.
    expiries: Option<Table<'t, (u64, &'static [u8]), ()>>,
    transaction: &'t WriteTransaction,
    events: Vec<Event>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, ::redb::Error> {
        let records = transaction.open_table(RECORDS)?;
        Ok(Self { records, expiries: None, transaction, events: Vec::new() })
    }

    /// What was done, in order.
    pub(super) fn close(self) -> Vec<Event> {
        self.events
    }

    /// Makes the changes of a batch with the next version, if what it expects holds.
    pub(super) fn commit(
        &mut self,
        batch: &Batch,
        version: &mut u64,
        now: Moment,
    ) -> Result<Verdict, ::redb::Error> {
        if let Some(precondition) = self.violated(batch.preconditions(), now)? {
            return Ok(Err(Conflict { key: precondition.key.clone() }));
        }
        *version += 1;
        for change in batch.outcome() {
            self.apply(change, *version)?;
        }
        Ok(Ok(Version(*version)))
    }

    /// Deletes those of the keys that have expired still, with the next version.
    pub(super) fn sweep(
        &mut self,
        keys: &[Vec<u8>],
        version: &mut u64,
        now: Moment,
    ) -> Result<(), ::redb::Error> {
        *version += 1;
        for key in keys {
            let expires = self.records.get(&key[..])?.map_or(0, |found| expiry(found.value().1));
            if has_expired(expires, now) {
                self.remove(key)?;
                self.tell(Bytes::copy_from_slice(key), *version, Happened::Deleted);
            }
        }
        Ok(())
    }

    fn violated<'b>(
        &self,
        preconditions: &'b [Precondition],
        now: Moment,
    ) -> Result<Option<&'b Precondition>, ::redb::Error> {
        for precondition in preconditions {
            let found = self.records.get(&precondition.key[..])?;
            let found = found.map(|found| (found.value().0, expiry(found.value().1)));
            let found = found.filter(|(_, expires)| !has_expired(*expires, now));
            if !precondition.holds(found.map(|(version, _)| Version(version))) {
                return Ok(Some(precondition));
            }
        }
        Ok(None)
    }

    fn apply(&mut self, change: &Change, version: u64) -> Result<(), ::redb::Error> {
        match change {
            Change::Put { key, value, expires } => {
                // A record of 1970 has expired as well, whatever zero means in the file.
                let expires = expires.map_or(0, |expires| Moment::of(expires).0.max(1));
                self.put(key, &Row::new(version, expires, value))?;
                self.tell(key.clone(), version, Happened::Put);
            }
            Change::Delete { key } => {
                if self.remove(key)? {
                    self.tell(key.clone(), version, Happened::Deleted);
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, key: &[u8], row: &Row<'_>) -> Result<(), ::redb::Error> {
        let before = self.records.insert(key, row.stored(key))?.map_or(0, |found| expiry(found.value().1));
        let expires = row.expires();
        if before != expires {
            if before != 0 {
                self.expiries()?.remove((before, key))?;
            }
            if expires != 0 {
                self.expiries()?.insert((expires, key), ())?;
            }
        }
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<bool, ::redb::Error> {
        let Some(before) = self.records.remove(key)?.map(|found| expiry(found.value().1)) else {
            return Ok(false);
        };
        if before != 0 {
            self.expiries()?.remove((before, key))?;
        }
        Ok(true)
    }

    fn expiries(&mut self) -> Result<&mut Table<'t, (u64, &'static [u8]), ()>, ::redb::Error> {
        let table = match self.expiries.take() {
            Some(table) => table,
            None => self.transaction.open_table(EXPIRIES)?,
        };
        Ok(self.expiries.insert(table))
    }

    fn tell(&mut self, key: Bytes, version: u64, change: Happened) {
        self.events.push(Event { key, version: Version(version), change });
    }
}
