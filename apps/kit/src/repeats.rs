//! Idempotency: a request that is repeated finds its own first answer and starts nothing a second time.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use audit::Digest;
use xml_schemas::ids::RequestId;

use crate::peer::Peer;

/// What a request is recognised by.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    /// Who sent it.
    pub peer: Peer,
    /// What it is.
    pub id: Id,
}

/// What a sender's request is told from its others by.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Id {
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

/// The requests accepted within the last `keep`, at most `limit` of them and half of that for each peer. Beyond that a peer
/// displaces its own oldest, never another's; one that has none yet is entered all the same.
pub(crate) struct Repeats {
    table: Mutex<Table>,
    keep: Duration,
    limit: usize,
}

#[derive(Default)]
struct Table {
    peers: HashMap<Peer, Known>,
    number: usize,
    swept: Option<Instant>,
}

/// The requests of one peer, and the order in which they came.
#[derive(Default)]
struct Known {
    seen: HashMap<Id, Digest>,
    order: VecDeque<(Instant, Id)>,
}

impl Repeats {
    pub(crate) fn new(keep: Duration, limit: usize) -> Self {
        Self { table: Mutex::default(), keep, limit }
    }

    /// Looks a request up and enters it where it is new.
    pub(crate) fn enter(&self, key: &Key, body: &[u8], now: Instant) -> Seen {
        let digest = Digest::of(body);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.sweep(now, self.keep);
        let Table { peers, number, .. } = &mut *table;
        let known = peers.entry(key.peer.clone()).or_default();
        *number -= known.forget(now, self.keep);
        match known.seen.get(&key.id) {
            Some(before) if *before == digest => return Seen::Repeated,
            Some(_) => return Seen::Conflicting,
            None => {}
        }
        if (*number >= self.limit || known.order.len() >= self.limit.div_ceil(2)) && known.forget_oldest() {
            *number -= 1;
        }
        known.seen.insert(key.id.clone(), digest);
        known.order.push_back((now, key.id.clone()));
        *number += 1;
        Seen::New
    }

    /// Takes a request out again that was not accepted, so that a repeat is judged anew.
    pub(crate) fn withdraw(&self, key: &Key) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = table.peers.get_mut(&key.peer) else { return };
        let Some(place) = known.order.iter().rposition(|(_, id)| *id == key.id) else { return };
        known.order.remove(place);
        known.seen.remove(&key.id);
        table.number -= 1;
    }
}

impl Table {
    /// Peers that say nothing any more are forgotten too.
    fn sweep(&mut self, now: Instant, keep: Duration) {
        if self.swept.is_some_and(|swept| now.saturating_duration_since(swept) < keep) {
            return;
        }
        self.swept = Some(now);
        let number = &mut self.number;
        self.peers.retain(|_, known| {
            *number -= known.forget(now, keep);
            !known.order.is_empty()
        });
    }
}

impl Known {
    /// How many were too old.
    fn forget(&mut self, now: Instant, keep: Duration) -> usize {
        let is_old = |(entered, _): &(Instant, Id)| now.saturating_duration_since(*entered) >= keep;
        let mut number = 0;
        while self.order.front().is_some_and(is_old) && self.forget_oldest() {
            number += 1;
        }
        number
    }

    /// Whether there was one.
    fn forget_oldest(&mut self) -> bool {
        let Some((_, id)) = self.order.pop_front() else { return false };
        self.seen.remove(&id);
        true
    }
}

#[cfg(test)]
mod tests;
