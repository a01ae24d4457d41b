//! All of a file: taken, put, verified.

use std::path::Path;

use ::redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata};
use bytes::Bytes;

use super::{
    engine::guarded,
    format::{ABOUT, EXPIRIES, RECORDS, VERSION_KEY, prepare},
    row::Row,
    source::{CACHE, Missing, Source},
};
use crate::{
    Entry, Fault, Record, Version,
    archive::{Existing, Piece, Pieces, Take, occupied, unfinished},
    clock::Moment,
};

/// Gives everything, as of one moment.
pub(crate) fn export(path: &Path, take: Take<'_>) -> Result<(), Fault> {
    let database = open(path, Missing::Refuse, false)?;
    guarded("cannot read the store", || give(&database, take))?
}

/// Puts everything, in one transaction.
pub(crate) fn import(path: &Path, pieces: Pieces<'_>, existing: Existing) -> Result<(), Fault> {
    let database = open(path, Missing::Make, false)?;
    guarded("cannot write the store", || receive(&database, pieces, existing))?
}

/// Verifies the checksum of every page, whatever the size of the file.
pub(crate) fn verify(path: &Path) -> Result<(), Fault> {
    open(path, Missing::Refuse, true).map(drop)
}

fn open(path: &Path, missing: Missing, whole: bool) -> Result<Database, Fault> {
    let source = Source::File(path.to_path_buf(), CACHE);
    let what = source.opening();
    let (database, _) = guarded(&what, || source.open_as(missing, whole || !source.is_large()))?;
    guarded(&what, || Ok(prepare(&database)))?.map_err(|why| why.at(&what))?;
    Ok(database)
}

type Done = Result<Result<(), Fault>, ::redb::Error>;

fn give(database: &Database, take: Take<'_>) -> Done {
    let transaction = database.begin_read()?;
    let records = transaction.open_table(RECORDS)?;
    for found in records.iter()? {
        let (key, value) = found?;
        let given = Row::read(key.value(), value.value()).and_then(|row| {
            let key = Bytes::copy_from_slice(key.value());
            take(Piece::Record(Entry { record: row.record(&key)?, key }))
        });
        if given.is_err() {
            return Ok(given);
        }
    }
    let version = transaction.open_table(ABOUT)?.get(VERSION_KEY)?.map_or(0, |version| version.value());
    Ok(take(Piece::End(Version(version))))
}

fn receive(database: &Database, pieces: Pieces<'_>, existing: Existing) -> Done {
    let transaction = database.begin_write()?;
    if existing == Existing::Keep && !transaction.open_table(RECORDS)?.is_empty()? {
        return Ok(Err(occupied()));
    }
    transaction.delete_table(RECORDS)?;
    transaction.delete_table(EXPIRIES)?;
    let version = {
        let mut records = transaction.open_table(RECORDS)?;
        let mut expiries = transaction.open_table(EXPIRIES)?;
        let mut end = None;
        for piece in pieces {
            match piece {
                Ok(Piece::Record(Entry { key, record })) => {
                    let row = row(&record);
                    records.insert(&key[..], row.stored(&key))?;
                    if row.expires() != 0 {
                        expiries.insert((row.expires(), &key[..]), ())?;
                    }
                }
                Ok(Piece::End(version)) => end = Some(version),
                Err(fault) => return Ok(Err(fault)),
            }
        }
        end
    };
    let Some(version) = version else { return Ok(Err(unfinished())) };
    {
        let mut about = transaction.open_table(ABOUT)?;
        let own = about.get(VERSION_KEY)?.map_or(0, |version| version.value());
        about.insert(VERSION_KEY, version.0.max(own))?;
    }
    transaction.commit()?;
    Ok(Ok(()))
}

fn row(record: &Record) -> Row<'_> {
    let expires = record.expires.map_or(0, |expires| Moment::of(expires).0.max(1));
    Row::new(record.version.0, expires, &record.value)
}
