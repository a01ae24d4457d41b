//! The stream connections of a shard, found by number and, where we opened them, by whom they lead to.

use std::{collections::HashMap, net::IpAddr, rc::Rc, sync::Arc, time::Instant};

use wire::{Arrival, ConnectionId};

use super::{
    budget::{Buffered, Places, release},
    common::Common,
    link::{Link, PoolKey},
};

pub(super) struct Links {
    common: Arc<Common>,
    shard: u16,
    last: u64,
    links: HashMap<u64, Rc<Link>, ahash::RandomState>,
    pool: HashMap<PoolKey, u64, ahash::RandomState>,
    /// Connections that peers opened.
    peers: HashMap<IpAddr, usize, ahash::RandomState>,
    /// With peers that called us.
    pub(super) handshakes: Places,
    buffered: Rc<Buffered>,
}

impl Links {
    pub(super) fn new(common: Arc<Common>, shard: u16) -> Self {
        Self {
            common,
            shard,
            last: 0,
            links: HashMap::default(),
            pool: HashMap::default(),
            peers: HashMap::default(),
            handshakes: Places::default(),
            buffered: Rc::default(),
        }
    }

    /// Whether one more connection from there is within the limits. What we open to a peer takes nothing from what it may
    /// open to us.
    pub(super) fn admits(&self, peer: IpAddr) -> bool {
        let limits = &self.common.config.limits;
        let held = self.peers.get(&peer).copied().unwrap_or(0);
        self.links.len() < limits.connections && held < limits.connections_per_peer
    }

    pub(super) fn add(&mut self, mut arrival: Arrival, key: Option<PoolKey>, now: Instant) -> Rc<Link> {
        self.last += 1;
        arrival.connection = Some(ConnectionId { shard: self.shard, serial: self.last });
        self.common.metrics.connections(arrival.transport).inc();
        match &key {
            Some(key) => drop(self.pool.insert(key.clone(), self.last)),
            None => *self.peers.entry(arrival.remote.ip()).or_default() += 1,
        }
        let link = Rc::new(Link::new(arrival, key, now, self.buffered.clone()));
        self.links.insert(self.last, link.clone());
        link
    }

    pub(super) fn get(&self, serial: u64) -> Option<&Rc<Link>> {
        self.links.get(&serial).filter(|link| link.is_usable())
    }

    pub(super) fn pooled(&self, key: &PoolKey) -> Option<&Rc<Link>> {
        self.get(*self.pool.get(key)?)
    }

    /// Whether it was handed to the connection. One whose peer does not read is closed, and costs nobody else anything.
    pub(super) fn write(&self, serial: u64, octets: &[u8]) -> bool {
        let Some(link) = self.get(serial) else { return false };
        let limits = &self.common.config.limits;
        let unwritten = link.unwritten() + octets.len();
        if unwritten > limits.unread || self.buffered.is_too_much(unwritten, limits) {
            self.common.metrics.dropped("unread");
            link.close("the peer does not read");
            return false;
        }
        link.write(octets);
        true
    }

    /// Trust profiles have changed: closes what they no longer bear.
    pub(super) fn prove_again(&self) {
        self.links.values().for_each(|link| link.prove_again(&self.common.profiles));
    }

    pub(super) fn remove(&mut self, link: &Rc<Link>) {
        let arrival = link.arrival.borrow();
        let Some(serial) = arrival.connection.map(|connection| connection.serial) else { return };
        if self.links.remove(&serial).is_none() {
            return;
        }
        self.common.metrics.connections(arrival.transport).dec();
        match &link.key {
            Some(key) if self.pool.get(key) == Some(&serial) => drop(self.pool.remove(key)),
            Some(_) => {}
            None => release(&mut self.peers, arrival.remote.ip()),
        }
    }
}
