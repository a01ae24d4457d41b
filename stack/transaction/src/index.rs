//! The keys of many values, found by the hash of what they name.
//!
//! It is cut into stripes, each a hash table that grows by itself. One table of all keys would stand still while it moves
//! them to one of twice the size: 20 ms and more with the transactions of a busy UDP socket, and the messages that
//! arrive meanwhile wait.

use hashbrown::HashTable;

/// With a hundred thousand keys, one stripe has some four hundred to move.
const STRIPES: usize = 256;

/// Keys that a stripe has room for from the beginning, 200 KiB in all: the first few thousand are not moved at all.
const ROOM: usize = 28;

#[derive(Debug)]
pub(crate) struct Index<K>(Box<[HashTable<K>]>);

impl<K: Copy + PartialEq> Index<K> {
    pub(crate) fn new() -> Self {
        Self((0..STRIPES).map(|_| HashTable::with_capacity(ROOM)).collect())
    }

    /// The key of this hash that `matches`.
    pub(crate) fn find(&self, hash: u64, matches: impl FnMut(&K) -> bool) -> Option<K> {
        self.0.get(stripe(hash))?.find(hash, matches).copied()
    }

    /// The caller has made sure that the key is not in it. `rehash` gives the hash of a key again.
    pub(crate) fn insert(&mut self, hash: u64, key: K, rehash: impl Fn(&K) -> u64) {
        if let Some(stripe) = self.0.get_mut(stripe(hash)) {
            stripe.insert_unique(hash, key, rehash);
        }
    }

    pub(crate) fn remove(&mut self, hash: u64, key: K) {
        let Some(stripe) = self.0.get_mut(stripe(hash)) else { return };
        if let Ok(found) = stripe.find_entry(hash, |other| *other == key) {
            found.remove();
        }
    }
}

/// From bits by which the tables themselves tell keys apart the least: they use the lowest, and the highest seven.
fn stripe(hash: u64) -> usize {
    (hash >> 32) as usize % STRIPES
}

#[cfg(test)]
mod tests;
