//! Tokens that have been verified, by their hash: a verification costs more than the request that it comes with.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::Bearer;

/// SHA-256 of a token.
pub(super) type Hash = [u8; 32];

/// So many requests look at once without waiting for each other.
const SHARDS: usize = 16;

/// How many of a shard are young. With as many old ones this is a million over all shards.
const YOUNG: usize = 32_768;

/// What is remembered of a token.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) bearer: Arc<Bearer>,
    /// Which of the issuers it is of.
    pub(super) issuer: usize,
    /// The key that verified it.
    pub(super) key: Arc<str>,
}

/// The young and the old: once there are enough young ones they become the old, and the old are forgotten. What is asked for is
/// young again, so that what is in use stays.
#[derive(Default)]
struct Shard {
    young: HashMap<Hash, Entry>,
    old: HashMap<Hash, Entry>,
}

/// Verified tokens, bounded.
#[derive(Default)]
pub(super) struct Verified {
    shards: [Mutex<Shard>; SHARDS],
    /// Counts what has been withdrawn: a verification that began before is not remembered.
    withdrawn: AtomicU64,
}

impl Verified {
    /// What is known of the token.
    pub(super) fn find(&self, hash: &Hash) -> Option<Arc<Bearer>> {
        let mut shard = self.shard(hash)?;
        if let Some(entry) = shard.young.get(hash) {
            return Some(Arc::clone(&entry.bearer));
        }
        let (hash, entry) = shard.old.remove_entry(hash)?;
        let bearer = Arc::clone(&entry.bearer);
        shard.add(hash, entry);
        Some(bearer)
    }

    /// To be taken before a verification, and given to [`Verified::remember`] after it.
    pub(super) fn era(&self) -> u64 {
        self.withdrawn.load(Ordering::Acquire)
    }

    /// Remembers a verification that began in this era, unless something has been withdrawn since.
    pub(super) fn remember(&self, era: u64, hash: Hash, entry: Entry) {
        let Some(mut shard) = self.shard(&hash) else { return };
        if self.era() == era {
            shard.add(hash, entry);
        }
    }

    /// Forgets whatever does not count any more.
    pub(super) fn keep(&self, counts: impl Fn(&Entry) -> bool) {
        self.withdrawn.fetch_add(1, Ordering::AcqRel);
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.young.retain(|_, entry| counts(entry));
            shard.old.retain(|_, entry| counts(entry));
        }
    }

    fn shard(&self, hash: &Hash) -> Option<MutexGuard<'_, Shard>> {
        let index = hash.first().map(|byte| usize::from(*byte) % SHARDS)?;
        self.shards.get(index).map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shard {
    fn add(&mut self, hash: Hash, entry: Entry) {
        if self.young.len() >= YOUNG {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, entry);
    }
}
