//! The stream connections of a shard, found by number and, where we opened them, by whom they lead to.

use std::{collections::HashMap, rc::Rc, sync::Arc, time::Instant};

use wire::{Arrival, ConnectionId};

use super::{
    budget::Buffered,
    common::Common,
    link::{Link, PoolKey},
};

pub(super) struct Links {
    common: Arc<Common>,
    shard: u16,
    last: u64,
    links: HashMap<u64, Rc<Link>, ahash::RandomState>,
    pool: HashMap<PoolKey, u64, ahash::RandomState>,
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
            buffered: Rc::default(),
        }
    }

    /// What the connection is called that is added next.
    pub(super) fn next(&self) -> ConnectionId {
        ConnectionId { shard: self.shard, serial: self.last + 1 }
    }

    pub(super) fn add(&mut self, mut arrival: Arrival, key: Option<PoolKey>, now: Instant) -> Rc<Link> {
        arrival.connection = Some(self.next());
        self.last += 1;
        self.common.metrics.connections(arrival.transport).inc();
        if let Some(key) = &key {
            self.pool.insert(key.clone(), self.last);
        }
        let account = self.common.unanswered.account(arrival.remote.ip());
        let link = Rc::new(Link::new(arrival, key, account, now, self.buffered.clone()));
        self.links.insert(self.last, link.clone());
        link
    }

    pub(super) fn get(&self, serial: u64) -> Option<&Rc<Link>> {
        self.links.get(&serial).filter(|link| link.is_usable())
    }

    /// The connection to there. Whether it may be one that the peer opened is the hop's to say.
    pub(super) fn pooled(&self, key: &PoolKey, reuse: bool) -> Option<&Rc<Link>> {
        self.get(*self.pool.get(key)?).filter(|link| reuse || link.key.is_some())
    }

    /// From now on a connection that the peer opened is the one to there.
    pub(super) fn reuse(&mut self, serial: u64, key: PoolKey) -> Option<Rc<Link>> {
        let link = self.get(serial)?.clone();
        self.pool.insert(key.clone(), serial);
        link.reused_for.borrow_mut().push(key);
        Some(link)
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
        link.gives_up_place();
        if let (Some(address), Some(connection)) = (link.alias.take(), arrival.connection) {
            self.common.aliases.remove(address, connection);
        }
        let reused = link.reused_for.take();
        for key in link.key.iter().chain(&reused) {
            if self.pool.get(key) == Some(&serial) {
                self.pool.remove(key);
            }
        }
    }
}
