//! What the file looks like, and whose it is.

use ::redb::{Database, ReadableTable, TableDefinition};

use super::faults::fault;
use crate::{Fault, Kind};

/// The format that this program writes and reads. It changes when an earlier program would misread the file.
pub(super) const FORMAT: u64 = 1;

/// Records by key: version and value.
pub(super) const RECORDS: TableDefinition<'_, &[u8], (u64, &[u8])> = TableDefinition::new("records");

/// Numbers about the file as a whole.
pub(super) const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("about");

/// The key of [`FORMAT`] in [`ABOUT`].
const FORMAT_KEY: &str = "format";

/// The key of the last version given, in [`ABOUT`].
pub(super) const VERSION_KEY: &str = "version";

/// Makes the tables in a new file and recognises those of an old one. Gives the last version that was given.
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

fn read_or_make(database: &Database) -> Result<(u64, u64), ::redb::Error> {
    let transaction = database.begin_write()?;
    let found = {
        let mut about = transaction.open_table(ABOUT)?;
        let format = about.get(FORMAT_KEY)?.map(|format| format.value());
        let version = about.get(VERSION_KEY)?.map_or(0, |version| version.value());
        if format.is_none() {
            about.insert(FORMAT_KEY, FORMAT)?;
        }
        if format.unwrap_or(FORMAT) == FORMAT {
            about.insert(VERSION_KEY, version)?;
            transaction.open_table(RECORDS)?;
        }
        (format.unwrap_or(FORMAT), version)
    };
    transaction.commit()?;
    Ok(found)
}
