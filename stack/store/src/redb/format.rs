//! What the file looks like, and whose it is.

mod first;

use ::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};

use super::faults::fault;
use crate::{Fault, Kind};

/// The format that this program writes and reads. It changes when an earlier program would misread the file.
///
/// 1 knew neither expiry nor checksums; such a file is rewritten when it is opened. 2 packed no value; its records are read as
/// they are.
pub(super) const FORMAT: u64 = 3;

/// The format before, of which every record is one of the present format.
const PLAIN: u64 = 2;

/// Records by key: see [`super::row`].
pub(super) const RECORDS: TableDefinition<'_, &[u8], super::row::Stored<'_>> =
    TableDefinition::new("records.2");

/// When which key expires, in milliseconds since 1970.
pub(super) const EXPIRIES: TableDefinition<'_, (u64, &[u8]), ()> = TableDefinition::new("expiries");

/// Numbers about the file as a whole.
pub(super) const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("about");

/// The key of [`FORMAT`] in [`ABOUT`].
const FORMAT_KEY: &str = "format";

/// The key of a version in [`ABOUT`] that is as great as any that was given, or greater.
pub(super) const VERSION_KEY: &str = "version";

/// Makes the tables in a new file and recognises those of an old one. Gives a version that is as great as any that was given.
///
/// A file of ours is written to even where there is nothing new to write: a disk that takes no more shows it here.
pub(super) fn prepare(database: &Database) -> Result<u64, Fault> {
    match read_or_make(database) {
        Ok((FORMAT, version)) => Ok(version),
        Ok((newer @ FORMAT.., _)) => {
            let what =
                format!("was written by a later version of this program (format {newer}, known is {FORMAT})");
            Err(Fault::new(Kind::Newer, what))
        }
        Ok((unknown, _)) => Err(Fault::new(Kind::Corrupt, format!("has the unknown format {unknown}"))),
        Err(error) => Err(fault("cannot be read", error)),
    }
}

/// Recognises the tables of a file that cannot be written to. Gives a version as [`prepare`] does; none where the file
/// is to be made or rewritten first.
pub(super) fn recognise(database: &Database) -> Result<Option<u64>, ::redb::Error> {
    let transaction = database.begin_read()?;
    let about = transaction.open_table(ABOUT)?;
    let format = about.get(FORMAT_KEY)?.map(|format| format.value());
    let version = about.get(VERSION_KEY)?.map_or(0, |version| version.value());
    Ok(matches!(format, Some(PLAIN | FORMAT)).then_some(version))
}

fn read_or_make(database: &Database) -> Result<(u64, u64), ::redb::Error> {
    let transaction = database.begin_write()?;
    let (format, version) = {
        let about = transaction.open_table(ABOUT)?;
        let format = about.get(FORMAT_KEY)?.map(|format| format.value());
        let version = about.get(VERSION_KEY)?.map_or(0, |version| version.value());
        (format, version)
    };
    match format {
        Some(first::FORMAT) => first::rewrite(&transaction)?,
        None | Some(PLAIN | FORMAT) => {}
        Some(unknown) => return Ok((unknown, version)),
    }
    stamp(&transaction, version)?;
    transaction.commit()?;
    Ok((FORMAT, version))
}

fn stamp(transaction: &WriteTransaction, version: u64) -> Result<(), ::redb::Error> {
    let mut about = transaction.open_table(ABOUT)?;
    about.insert(FORMAT_KEY, FORMAT)?;
    about.insert(VERSION_KEY, version)?;
    transaction.open_table(RECORDS)?;
    transaction.open_table(EXPIRIES)?;
    Ok(())
}
