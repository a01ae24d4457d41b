//! The bodies that are being read at a listener, and which of them makes room.
//!
//! Whoever sends a body takes his own time over it. So it has no place among the requests that are worked on before it is
//! whole, and where there is no more room for bodies, the one that began first makes room: what comes at a sound pace has
//! come long before. A peer that has its share makes room for itself.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{
    HttpLimits,
    peers::{Octets, Peer, Peers, Place, Share},
};

/// As many bodies are read at once as this part of the requests that are worked on.
const PART: usize = 2;

/// Those of one listener.
#[derive(Default)]
pub(super) struct Bodies(Mutex<Ranks>);

#[derive(Default)]
struct Ranks {
    /// Counts up: whoever has a lower rank began earlier.
    last: u64,
    held: BTreeMap<u64, Held>,
}

/// What one body holds.
struct Held {
    octets: Octets,
    told: Arc<Notify>,
}

/// Why a body is not read on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Full {
    /// There is no room for its octets.
    Octets,
    /// It made room for others.
    Gone,
    /// It is whole, and there is no place to work on it.
    Requests,
}

/// A body that is being read.
pub(super) struct Reading {
    peers: Arc<Peers>,
    peer: Arc<Peer>,
    rank: u64,
    told: Arc<Notify>,
}

impl Bodies {
    /// Begins one. There is always room, since others make it.
    pub(super) fn begin(&self, peers: Arc<Peers>, peer: Arc<Peer>, limits: &HttpLimits) -> Reading {
        let told = Arc::<Notify>::default();
        let mut ranks = self.0.lock();
        let is_peers = |held: &Held| held.octets.are_of(&peer);
        if ranks.held.values().filter(|held| is_peers(held)).count() >= part(limits.requests_per_peer) {
            ranks.evict(|_, held| is_peers(held));
        } else if ranks.held.len() >= part(limits.requests) {
            ranks.evict(|_, _| true);
        }
        ranks.last += 1;
        let rank = ranks.last;
        ranks.held.insert(rank, Held { octets: Octets::of(&peers, &peer), told: told.clone() });
        drop(ranks);
        Reading { peers, peer, rank, told }
    }
}

impl Reading {
    /// Resolves when it is to make room.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }

    /// Makes room for so many octets in all.
    pub(super) fn hold(&self, octets: usize, limits: &HttpLimits) -> Result<(), Full> {
        let mut ranks = self.peers.bodies.0.lock();
        loop {
            let held = ranks.held.get_mut(&self.rank).ok_or(Full::Gone)?;
            let Err(full) = held.octets.grow(octets, limits) else { return Ok(()) };
            let makes_room = |rank: u64, held: &Held| {
                let is_among = full == Share::All || held.octets.are_of(&self.peer);
                rank != self.rank && held.octets.count() > 0 && is_among
            };
            if !ranks.evict(makes_room) {
                return Err(Full::Octets);
            }
        }
    }

    /// It is whole: its octets go with it to where it is worked on.
    pub(super) fn end(self, limits: &HttpLimits) -> Result<Place, Full> {
        let held = self.peers.bodies.0.lock().held.remove(&self.rank).ok_or(Full::Gone)?;
        Place::take(&self.peers, &self.peer, limits, Some(held.octets)).ok_or(Full::Requests)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.peers.bodies.0.lock().held.remove(&self.rank);
    }
}

impl Ranks {
    /// Lets the first go that fits. Whether there was one.
    fn evict(&mut self, fits: impl Fn(u64, &Held) -> bool) -> bool {
        let first = self.held.iter().find(|(rank, held)| fits(**rank, held)).map(|(rank, _)| *rank);
        let gone = first.and_then(|rank| self.held.remove(&rank));
        gone.inspect(|held| held.told.notify_one()).is_some()
    }
}

/// Of so many requests, how many bodies are read at once: one at least.
fn part(requests: usize) -> usize {
    (requests / PART).max(1)
}

#[cfg(test)]
mod tests;
