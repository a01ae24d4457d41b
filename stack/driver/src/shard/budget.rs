//! What peers make a shard hold, so that one of them cannot use up what is there for all.

use std::{cell::Cell, collections::HashMap, net::IpAddr};

use crate::{Limits, subscriber::subscriber};

/// What one connection may always hold, however much the others do.
const SMALL: usize = 64 << 10;

/// Places of which there are few, by who holds them, an IPv6 /64 being one: deliveries.
#[derive(Default)]
pub(super) struct Places {
    peers: HashMap<IpAddr, usize, ahash::RandomState>,
    count: usize,
}

impl Places {
    /// Half of the places are for whoever has none yet or few, so that one address cannot take them all.
    pub(super) fn admits(&self, peer: IpAddr, places: usize) -> bool {
        let held = self.peers.get(&subscriber(peer)).copied().unwrap_or(0);
        self.count < places && held < places.div_ceil(2)
    }

    pub(super) fn add(&mut self, peer: IpAddr) {
        self.count += 1;
        *self.peers.entry(subscriber(peer)).or_default() += 1;
    }

    pub(super) fn remove(&mut self, peer: IpAddr) {
        self.count = self.count.saturating_sub(1);
        release(&mut self.peers, subscriber(peer));
    }
}

/// One less of what this peer holds; forgets a peer that holds nothing.
pub(super) fn release(peers: &mut HashMap<IpAddr, usize, ahash::RandomState>, peer: IpAddr) {
    if let Some(held) = peers.get_mut(&peer) {
        *held = held.saturating_sub(1);
        if *held == 0 {
            peers.remove(&peer);
        }
    }
}

/// Octets in the buffers of all connections of a shard: what has come in part, and what has not been read by the peer.
#[derive(Default)]
pub(super) struct Buffered(Cell<usize>);

impl Buffered {
    /// One connection's share has changed.
    pub(super) fn change(&self, before: usize, after: usize) {
        self.0.set((self.0.get() + after).saturating_sub(before));
    }

    /// Whether a connection that holds so much is to be closed for the sake of the others.
    pub(super) fn is_too_much(&self, share: usize, limits: &Limits) -> bool {
        share > SMALL && self.0.get() > limits.buffered
    }
}

#[cfg(test)]
mod tests;
