//! Documents and their indexes in memory, bounded by their octets, the least recently used going first.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use store::Version;
use xcap::Current;

pub(super) struct Cache {
    limit: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    by_key: HashMap<Bytes, Slot>,
    /// Keys by the moment of their last use.
    by_use: BTreeMap<u64, Bytes>,
    clock: u64,
    weight: usize,
    hits: u64,
    misses: u64,
}

struct Slot {
    version: Version,
    current: Current,
    used: u64,
    weight: usize,
}

/// Octets of a slot beside document, index and key, about.
const OVERHEAD: usize = 256;

impl Cache {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The document of this key, if it is held in this version.
    pub(super) fn get(&self, key: &[u8], version: Version) -> Option<Current> {
        let mut held = self.held();
        held.clock += 1;
        let now = held.clock;
        let Held { by_key, by_use, hits, misses, .. } = &mut *held;
        let Some(slot) = by_key.get_mut(key).filter(|slot| slot.version == version) else {
            *misses += 1;
            return None;
        };
        *hits += 1;
        if let Some(key) = by_use.remove(&slot.used) {
            by_use.insert(now, key);
        }
        slot.used = now;
        Some(slot.current.clone())
    }

    /// Holds a document in place of an earlier version of it. One that alone would fill a quarter is not held.
    pub(super) fn put(&self, key: &Bytes, version: Version, current: &Current) {
        let weight = current.weight() + 2 * key.len() + OVERHEAD;
        let mut held = self.held();
        if held.by_key.get(key).is_some_and(|slot| slot.version > version) {
            return;
        }
        held.remove(key);
        if weight > self.limit / 4 {
            return;
        }
        while held.weight + weight > self.limit {
            let Some((_, oldest)) = held.by_use.pop_first() else { break };
            held.remove(&oldest);
        }
        held.clock += 1;
        let used = held.clock;
        held.weight += weight;
        held.by_use.insert(used, key.clone());
        held.by_key.insert(key.clone(), Slot { version, current: current.clone(), used, weight });
    }

    /// Holds the document no longer.
    pub(super) fn remove(&self, key: &[u8]) {
        self.held().remove(key);
    }

    pub(super) fn counts(&self) -> (u64, u64) {
        let held = self.held();
        (held.hits, held.misses)
    }

    #[cfg(test)]
    pub(super) fn weight(&self) -> usize {
        self.held().weight
    }
}

impl Held {
    fn remove(&mut self, key: &[u8]) {
        if let Some(slot) = self.by_key.remove(key) {
            self.weight -= slot.weight;
            self.by_use.remove(&slot.used);
        }
    }
}
