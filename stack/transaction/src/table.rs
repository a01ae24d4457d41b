//! The transactions of one shard, of either side: machines found by key, their timers on one wheel, and a bound on all of
//! it. What is special to a side is in `clients.rs` and `servers.rs`.

use std::{collections::HashMap, hash::Hash, time::Instant};

use ahash::RandomState;

use crate::{
    index::Index,
    limits::{Limits, Overload, Refused},
    slab::{Key, Slab},
    timer::{Running, Timer},
    wheel::{TimerId, Wheel},
};

/// What a table must know of a machine.
pub trait Machine {
    /// What names a transaction of this side; never another one later.
    type Id: From<Key> + Into<Key>;
    /// What one owner may hold of a table with these limits.
    fn share(whole: Limits) -> Limits;
    /// The timer that fires next.
    fn timeout(&self) -> Option<Running>;
    /// How many bytes of messages it keeps.
    fn kept(&self) -> usize;
    /// Whether the transaction user still waits for its outcome.
    fn is_pending(&self) -> bool;
}

/// Machines by key, bounded. `U` is what the driver remembers of a transaction until its outcome is known.
#[derive(Debug)]
pub struct Table<M, U> {
    entries: Slab<Entry<M, U>>,
    index: Index<Key>,
    hasher: RandomState,
    wheel: Wheel<Key>,
    limits: Limits,
    /// What one owner may hold.
    share: Limits,
    owners: HashMap<u64, Held, RandomState>,
    bytes: usize,
    pending: usize,
}

/// What the entries of one owner weigh.
#[derive(Clone, Copy, Default, Debug)]
struct Held {
    transactions: usize,
    bytes: usize,
}

/// Small, since hundreds of thousands of them wait for late copies.
#[derive(Debug)]
struct Entry<M, U> {
    key: Box<[u8]>,
    owner: u64,
    machine: M,
    user: Option<Box<U>>,
    alarm: Option<TimerId>,
}

/// What came of an input: the machine's answer, and the user once the outcome is known.
pub(crate) struct Step<A, U> {
    pub(crate) action: A,
    pub(crate) released: Option<U>,
}

impl<M: Machine, U> Table<M, U> {
    /// An empty table. `seeds` keep peers from choosing keys that collide; they come from the system's random source,
    /// in tests from anywhere.
    #[must_use]
    pub fn new(epoch: Instant, limits: Limits, seeds: [u64; 4]) -> Self {
        let [a, b, c, d] = seeds;
        Self {
            entries: Slab::new(),
            index: Index::new(),
            hasher: RandomState::with_seeds(a, b, c, d),
            wheel: Wheel::new(epoch),
            limits,
            share: M::share(limits),
            owners: HashMap::default(),
            bytes: 0,
            pending: 0,
        }
    }

    /// When to call `expire` next. It may then find nothing, but nothing is due before.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.wheel.next_timeout()
    }

    /// What the driver remembers of a transaction whose outcome is not known yet.
    #[must_use]
    pub fn user(&self, id: M::Id) -> Option<&U> {
        self.entries.get(id.into())?.user.as_deref()
    }

    /// The same, to be changed.
    pub fn user_mut(&mut self, id: M::Id) -> Option<&mut U> {
        self.entries.get_mut(id.into())?.user.as_deref_mut()
    }

    /// How many there are, with those that only wait for late copies.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many have no outcome yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// How many bytes of keys and messages are kept.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Names an owner. Two that share a hash share a share.
    pub(crate) fn owner(&self, of: impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    pub(crate) fn find(&self, key: &[u8]) -> Option<M::Id> {
        let matches = |id: &Key| self.entries.get(*id).is_some_and(|entry| *entry.key == *key);
        self.index.find(self.hasher.hash_one(key), matches).map(M::Id::from)
    }

    /// The caller has made sure that the key is not in use. `owner` is whose share it is taken from.
    pub(crate) fn insert(
        &mut self,
        owner: u64,
        key: &[u8],
        machine: M,
        user: U,
    ) -> Result<M::Id, Refused<U>> {
        let weight = key.len() + machine.kept();
        if !self.admits(owner, weight) {
            return Err(Refused(Overload, user));
        }
        let hash = self.hasher.hash_one(key);
        let entry = Entry { key: key.into(), owner, machine, user: None, alarm: None };
        let Some(id) = self.entries.insert(entry) else { return Err(Refused(Overload, user)) };
        let Self { entries, index, hasher, .. } = self;
        let rehash = |id: &Key| entries.get(*id).map_or(0, |entry| hasher.hash_one(&*entry.key));
        index.insert(hash, id, rehash);
        if let Some(entry) = self.entries.get_mut(id) {
            entry.user = Some(Box::new(user));
        }
        let held = self.owners.entry(owner).or_default();
        held.transactions += 1;
        held.bytes += weight;
        self.bytes += weight;
        self.pending += 1;
        self.set_alarm(id);
        Ok(id.into())
    }

    fn admits(&self, owner: u64, weight: usize) -> bool {
        let held = self.owners.get(&owner).copied().unwrap_or_default();
        self.entries.len() < self.limits.transactions
            && self.bytes + weight <= self.limits.bytes
            && held.transactions < self.share.transactions
            && held.bytes + weight <= self.share.bytes
    }

    /// Puts an input into a machine and does what follows from it here: timers, accounts, and the end.
    pub(crate) fn drive<A>(&mut self, id: M::Id, input: impl FnOnce(&mut M) -> A) -> Option<Step<A, U>> {
        let id = id.into();
        let entry = self.entries.get_mut(id)?;
        let (before, kept) = (entry.machine.timeout(), entry.machine.kept());
        let action = input(&mut entry.machine);
        let (after, has_alarm) = (entry.machine.timeout(), entry.alarm.is_some());
        let (owner, keeps) = (entry.owner, entry.machine.kept());
        let released = if entry.machine.is_pending() { None } else { entry.user.take().map(|user| *user) };
        self.pending -= usize::from(released.is_some());
        if keeps != kept {
            self.bytes = self.bytes - kept + keeps;
            if let Some(held) = self.owners.get_mut(&owner) {
                held.bytes = held.bytes - kept + keeps;
            }
        }
        match after {
            None => self.remove(id),
            Some(_) if after != before || !has_alarm => self.set_alarm(id),
            Some(_) => {}
        }
        Some(Step { action, released })
    }

    /// A machine whose timer has fired, and which. Call it until nothing is left.
    pub(crate) fn fired(&mut self, now: Instant) -> Option<(M::Id, Timer)> {
        while let Some(id) = self.wheel.expire(now) {
            let Some(entry) = self.entries.get_mut(id) else { continue };
            entry.alarm = None;
            if let Some(running) = entry.machine.timeout() {
                return Some((id.into(), running.timer));
            }
        }
        None
    }

    #[cfg(test)]
    pub(crate) fn owners(&self) -> usize {
        self.owners.len()
    }

    #[cfg(test)]
    pub(crate) fn timers(&self) -> usize {
        self.wheel.len()
    }

    fn set_alarm(&mut self, id: Key) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if let Some(old) = entry.alarm.take() {
            self.wheel.cancel(old);
        }
        entry.alarm = entry.machine.timeout().and_then(|running| self.wheel.insert(running.at, id));
    }

    fn remove(&mut self, id: Key) {
        let Some(entry) = self.entries.remove(id) else { return };
        if let Some(alarm) = entry.alarm {
            self.wheel.cancel(alarm);
        }
        let weight = entry.key.len() + entry.machine.kept();
        self.bytes -= weight;
        self.release(entry.owner, weight);
        self.index.remove(self.hasher.hash_one(&*entry.key), id);
    }

    fn release(&mut self, owner: u64, weight: usize) {
        let Some(held) = self.owners.get_mut(&owner) else { return };
        held.transactions -= 1;
        held.bytes -= weight;
        if held.transactions == 0 {
            self.owners.remove(&owner);
        }
    }
}

/// What one transaction weighs, beside its key and its messages.
#[cfg(test)]
pub(crate) fn entry_size<M, U>() -> usize {
    size_of::<Entry<M, U>>()
}
