//! Idempotency: a request that is repeated finds its own first answer and starts nothing a second time.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};
use xml_schemas::ids::RequestId;

use crate::peer::Peer;

/// What a request is recognised by.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    /// Who sent it.
    pub peer: Peer,
    /// The flow's name.
    pub flow: &'static str,
    /// Its `request-id`.
    pub request_id: RequestId,
}

/// What the table says about a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    /// It is new, and is now in the table.
    New,
    /// It was accepted before, with the same bodies.
    Repeated,
    /// Another request went under the same `request-id`.
    Conflicting,
}

/// The requests accepted within the last `keep`, at most `limit` of them; beyond that the oldest is forgotten.
pub(crate) struct Repeats {
    table: Mutex<Table>,
    keep: Duration,
    limit: usize,
}

#[derive(Default)]
struct Table {
    seen: HashMap<Key, [u8; 32]>,
    order: VecDeque<(Instant, Key)>,
}

impl Repeats {
    pub(crate) fn new(keep: Duration, limit: usize) -> Self {
        Self { table: Mutex::default(), keep, limit }
    }

    /// Looks a request up and enters it where it is new.
    pub(crate) fn enter(&self, key: &Key, body: &[u8], now: Instant) -> Seen {
        let digest: [u8; 32] = Sha256::digest(body).into();
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.forget(now, self.keep, self.limit);
        match table.seen.get(key) {
            Some(known) if *known == digest => Seen::Repeated,
            Some(_) => Seen::Conflicting,
            None => {
                table.seen.insert(key.clone(), digest);
                table.order.push_back((now, key.clone()));
                Seen::New
            }
        }
    }

    /// Takes a request out again that was not accepted, so that a repeat is judged anew.
    pub(crate) fn withdraw(&self, key: &Key) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.seen.remove(key);
        if let Some(place) = table.order.iter().rposition(|(_, other)| other == key) {
            table.order.remove(place);
        }
    }
}

impl Table {
    fn forget(&mut self, now: Instant, keep: Duration, limit: usize) {
        while let Some((entered, _)) = self.order.front() {
            if self.order.len() < limit && now.saturating_duration_since(*entered) < keep {
                return;
            }
            if let Some((_, key)) = self.order.pop_front() {
                self.seen.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
