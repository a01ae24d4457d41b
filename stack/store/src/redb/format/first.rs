//! The first format, which is rewritten into the present one.

use ::redb::{ReadableTable, TableDefinition, WriteTransaction};

use super::RECORDS;
use crate::redb::row::Row;

/// Its number.
pub(super) const FORMAT: u64 = 1;

/// Records by key: version and value.
const FIRST: TableDefinition<'_, &[u8], (u64, &[u8])> = TableDefinition::new("records");

/// All of it in the transaction that raises the format, so that it has happened or has not.
pub(super) fn rewrite(transaction: &WriteTransaction) -> Result<(), ::redb::Error> {
    {
        let first = transaction.open_table(FIRST)?;
        let mut records = transaction.open_table(RECORDS)?;
        for found in first.iter()? {
            let (key, value) = found?;
            let (version, value) = value.value();
            records.insert(key.value(), Row::new(version, 0, value).stored(key.value()))?;
        }
    }
    transaction.delete_table(FIRST)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::{Clock, Redb, Store, Version};

    #[test]
    fn a_file_of_the_first_format_keeps_its_records_and_their_versions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let database = ::redb::Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let mut about = transaction.open_table(super::super::ABOUT).unwrap();
            about.insert("format", FORMAT).unwrap();
            about.insert("version", 9).unwrap();
            transaction.open_table(FIRST).unwrap().insert(&b"a"[..], (7, &b"1"[..])).unwrap();
        }
        transaction.commit().unwrap();
        drop(database);

        for _ in 0..2 {
            let store = Redb::open(&path, Clock::still(std::time::UNIX_EPOCH)).unwrap();
            let record = block_on(store.get(b"a")).unwrap().unwrap();
            assert_eq!((&record.value[..], record.version, record.expires), (&b"1"[..], Version(7), None));
        }
        let store = Redb::open(&path, Clock::still(std::time::UNIX_EPOCH)).unwrap();
        let version = block_on(store.commit(crate::Batch::new().put("b", "2"))).unwrap();
        assert_eq!(version, Version(10));
    }
}
