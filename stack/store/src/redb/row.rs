//! A record as the file has it.
//!
//! A value that is long enough is packed. Documents are lists of what is alike, so that a page holds several of them in place
//! of one, and a transaction or a read touches as much less of the disk and of memory.

use std::borrow::Cow;

use bytes::Bytes;
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};

use crate::{Fault, Kind, Record, Version, clock::Moment};

/// Version, expiry in milliseconds since 1970 (zero: none) with [`PACKED`], checksum, value.
pub(super) type Stored<'v> = (u64, u64, u32, &'v [u8]);

/// Set in the expiry where the value is packed: LZ4's block format after the length, four octets. No moment is so late.
const PACKED: u64 = 1 << 63;

/// Shorter values, in octets, are kept as they are: next to a page there is nothing to gain.
const WORTH: usize = 512;

/// A record and how its value is kept.
#[derive(Clone)]
pub(super) struct Row<'v> {
    version: u64,
    /// With [`PACKED`].
    expires: u64,
    kept: Cow<'v, [u8]>,
}

impl<'v> Row<'v> {
    /// A record that is about to be written. Its value is packed where that saves an eighth.
    pub(super) fn new(version: u64, expires: u64, value: &'v [u8]) -> Self {
        let expires = expires & !PACKED;
        if value.len() >= WORTH {
            let packed = compress_prepend_size(value);
            if packed.len() < value.len() - value.len() / 8 {
                return Self { version, expires: expires | PACKED, kept: Cow::Owned(packed) };
            }
        }
        Self { version, expires, kept: Cow::Borrowed(value) }
    }

    /// As it is written under this key.
    pub(super) fn stored(&self, key: &[u8]) -> Stored<'_> {
        (self.version, self.expires, self.sum(key), &self.kept)
    }

    /// What was written under this key, or that it is no longer what was written.
    pub(super) fn read(key: &[u8], (version, expires, sum, kept): Stored<'v>) -> Result<Self, Fault> {
        let row = Self { version, expires, kept: Cow::Borrowed(kept) };
        if row.sum(key) == sum {
            return Ok(row);
        }
        Err(damaged(key, "its checksum is wrong"))
    }

    /// When it expires, in milliseconds since 1970; zero where it stays.
    pub(super) fn expires(&self) -> u64 {
        expires(self.expires)
    }

    pub(super) fn has_expired(&self, now: Moment) -> bool {
        has_expired(self.expires(), now)
    }

    /// The record of this key, its value as it was put.
    ///
    /// # Errors
    /// [`Kind::Corrupt`] where what is kept cannot be unpacked.
    pub(super) fn record(&self, key: &[u8]) -> Result<Record, Fault> {
        let value = if self.expires & PACKED == 0 {
            Bytes::copy_from_slice(&self.kept)
        } else {
            decompress_size_prepended(&self.kept).map_err(|why| damaged(key, &why.to_string()))?.into()
        };
        let expires = Some(self.expires()).filter(|expires| *expires != 0);
        let expires = expires.and_then(|expires| Moment(expires).time());
        Ok(Record { value, version: Version(self.version), expires })
    }

    /// The key is in it, so that no record passes for another's.
    fn sum(&self, key: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.version.to_le_bytes());
        hasher.update(&self.expires.to_le_bytes());
        hasher.update(&(key.len() as u64).to_le_bytes());
        hasher.update(key);
        hasher.update(&self.kept);
        hasher.finalize()
    }
}

/// When what is stored expires; zero where it stays.
pub(super) fn expires(stored: u64) -> u64 {
    stored & !PACKED
}

/// Whether a record with this expiry is found no more.
pub(super) fn has_expired(expires: u64, now: Moment) -> bool {
    expires != 0 && expires <= now.0
}

fn damaged(key: &[u8], why: &str) -> Fault {
    Fault::new(Kind::Corrupt, format!("the record {} is damaged: {why}", key.escape_ascii()))
}

/// As the format before wrote what stays.
#[cfg(test)]
pub(super) fn plain<'v>(version: u64, key: &[u8], value: &'v [u8]) -> Stored<'v> {
    let row = Row { version, expires: 0, kept: Cow::Borrowed(value) };
    (version, 0, row.sum(key), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_in_a_row_shows() {
        let row = Row::new(1, 2, b"value");
        let stored = row.stored(b"key");
        assert!(Row::read(b"key", stored).is_ok());
        for wrong in [
            Row::read(b"kez", stored),
            Row::read(b"key", (2, stored.1, stored.2, stored.3)),
            Row::read(b"key", (stored.0, 3, stored.2, stored.3)),
            Row::read(b"key", (stored.0, stored.1 | PACKED, stored.2, stored.3)),
            Row::read(b"key", (stored.0, stored.1, stored.2 ^ 1, stored.3)),
            Row::read(b"key", (stored.0, stored.1, stored.2, b"valuf")),
        ] {
            assert_eq!(wrong.err().map(|fault| fault.kind()), Some(Kind::Corrupt));
        }
    }

    #[test]
    fn what_is_alike_is_packed_and_comes_back_as_it_was() {
        let alike = b"<entry uri=\"sip:member@example.org\"/>\n".repeat(100);
        for value in [&alike[..], &alike[..WORTH - 1], b""] {
            let row = Row::new(7, 9, value);
            let stored = row.stored(b"key");
            assert_eq!(stored.3.len() < value.len(), value.len() >= WORTH, "{} octets", value.len());
            let read = Row::read(b"key", stored).unwrap();
            let record = read.record(b"key").unwrap();
            assert_eq!((&record.value[..], record.version, read.expires()), (value, Version(7), 9));
            assert_eq!(record.expires, Moment(9).time());
            assert!(read.has_expired(Moment(9)) && !read.has_expired(Moment(8)));
        }
    }

    #[test]
    fn what_gains_nothing_is_kept_as_it_is() {
        let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        let noise: Vec<u8> =
            std::iter::successors(Some(1), next).map(|state| (state >> 56) as u8).take(2000).collect();
        let row = Row::new(1, 0, &noise);
        assert_eq!(row.stored(b"key").3, noise);
        assert_eq!(row.record(b"key").unwrap().expires, None);
    }
}
