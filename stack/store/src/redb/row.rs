//! A record as the file has it.

use bytes::Bytes;

use crate::{Fault, Kind, Record, Version, clock::Moment};

/// Version, expiry in milliseconds since 1970 (zero: none), checksum, value.
pub(super) type Stored<'v> = (u64, u64, u32, &'v [u8]);

/// The same without its checksum.
#[derive(Clone, Copy)]
pub(super) struct Row<'v> {
    pub(super) version: u64,
    pub(super) expires: u64,
    pub(super) value: &'v [u8],
}

impl<'v> Row<'v> {
    /// As it is written under this key.
    pub(super) fn stored(self, key: &[u8]) -> Stored<'v> {
        (self.version, self.expires, self.sum(key), self.value)
    }

    /// What was written under this key, or that it is no longer what was written.
    pub(super) fn read(key: &[u8], (version, expires, sum, value): Stored<'v>) -> Result<Self, Fault> {
        let row = Self { version, expires, value };
        if row.sum(key) == sum {
            return Ok(row);
        }
        let what = format!("the record {} is damaged: its checksum is wrong", key.escape_ascii());
        Err(Fault::new(Kind::Corrupt, what))
    }

    pub(super) fn has_expired(&self, now: Moment) -> bool {
        has_expired(self.expires, now)
    }

    pub(super) fn record(&self) -> Record {
        Record {
            value: Bytes::copy_from_slice(self.value),
            version: Version(self.version),
            expires: (self.expires != 0).then(|| Moment(self.expires).time()).flatten(),
        }
    }

    /// The key is in it, so that no record passes for another's.
    fn sum(&self, key: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.version.to_le_bytes());
        hasher.update(&self.expires.to_le_bytes());
        hasher.update(&(key.len() as u64).to_le_bytes());
        hasher.update(key);
        hasher.update(self.value);
        hasher.finalize()
    }
}

/// Whether a record with this expiry is found no more.
pub(super) fn has_expired(expires: u64, now: Moment) -> bool {
    expires != 0 && expires <= now.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_in_a_row_shows() {
        let row = Row { version: 1, expires: 2, value: b"value" };
        let stored = row.stored(b"key");
        assert!(Row::read(b"key", stored).is_ok());
        for wrong in [
            Row::read(b"kez", stored),
            Row::read(b"key", (2, stored.1, stored.2, stored.3)),
            Row::read(b"key", (stored.0, 3, stored.2, stored.3)),
            Row::read(b"key", (stored.0, stored.1, stored.2 ^ 1, stored.3)),
            Row::read(b"key", (stored.0, stored.1, stored.2, b"valuf")),
        ] {
            assert_eq!(wrong.err().map(|fault| fault.kind()), Some(Kind::Corrupt));
        }
    }
}
