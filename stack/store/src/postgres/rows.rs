//! From what the database gives to records, and where a range of keys ends.

use bytes::Bytes;
use tokio_postgres::Row;

use super::transact::unsigned;
use crate::{Record, Version, clock::Moment};

/// The record in the columns from `first` on.
pub(super) fn record(row: &Row, first: usize) -> Record {
    Record {
        version: Version(unsigned(row.get(first))),
        expires: moment(row, first + 1).and_then(Moment::time),
        value: octets(row, first + 2),
    }
}

/// The expiry in a column.
pub(super) fn moment(row: &Row, column: usize) -> Option<Moment> {
    row.get::<_, Option<i64>>(column).map(unsigned).map(Moment)
}

/// The octets in a column.
pub(super) fn octets(row: &Row, column: usize) -> Bytes {
    Bytes::copy_from_slice(row.get(column))
}

/// The first key after all that begin with the prefix; none after octets that are as high as can be.
pub(super) fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|octet| *octet != 0xff)?;
    let mut end = prefix.get(..=last)?.to_vec();
    if let Some(octet) = end.last_mut() {
        *octet += 1;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_after_all_that_begin_with_it() {
        assert_eq!(end_of(b"case/"), Some(b"case0".to_vec()));
        assert_eq!(end_of(&[1, 0xff, 0xff]), Some(vec![2]));
        assert_eq!(end_of(&[0xff]), None);
        assert_eq!(end_of(b""), None);
    }
}
