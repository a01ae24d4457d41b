//! Whoever guesses passwords waits: longer after each guess. RFC 3261 22.1, RFC 7616 5.8 and RFC 6819 4.4.3.6 name the attack; who is
//! counted, and what counts, is the entity's own to say.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    time::{Duration, Instant},
};

use crate::config::Table;

/// How many are counted in each of two generations.
const COUNTED: usize = 50_000;

/// What happens to who guesses passwords.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LockOut {
    /// Failures of one user that are borne.
    pub user: u32,
    /// Failures from one address, or one IPv6 /64, that are borne.
    pub address: u32,
    /// How long nothing is looked at after the first failure beyond that; twice as long after each further one.
    pub first: Duration,
    /// No longer than this.
    pub longest: Duration,
}

impl Default for LockOut {
    fn default() -> Self {
        let (first, longest) = (Duration::from_secs(5), Duration::from_secs(900));
        Self { user: 5, address: 50, first, longest }
    }
}

impl LockOut {
    /// Reads a section `lock-out`. What is wrong in it is told to the table.
    #[must_use]
    pub fn read(table: &Table<'_>) -> Self {
        let usual = Self::default();
        let read = Self {
            user: table.within("user", 1..=1_000, usual.user),
            address: table.within("address", 1..=1_000_000, usual.address),
            first: table.or("first", usual.first),
            longest: table.or("longest", usual.longest),
        };
        if read.first < Duration::from_secs(1) {
            table.error_at_value("first", "\"first\" must be a second or more");
        }
        if read.first > read.longest {
            table.error_at_value("first", "\"first\" must not be longer than \"longest\"");
        }
        read
    }

    fn back_off(&self, beyond: u32) -> Duration {
        self.first.saturating_mul(1 << beyond.min(20)).min(self.longest)
    }
}

/// What one address has in common with those that are at the same place: one end has a whole /64 of IPv6, and an IPv4 address is one
/// however it is written.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address => address,
    }
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    last: Instant,
    until: Option<Instant>,
}

/// Failures by whom they are of, in memory and bounded: once there are enough young counts they become the old, and the old are
/// forgotten.
#[derive(Debug)]
pub struct Generations<K> {
    young: HashMap<K, Count>,
    old: HashMap<K, Count>,
}

impl<K> Default for Generations<K> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Hash + Eq> Generations<K> {
    /// How long this one has to wait still; none where he need not.
    pub fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let until = self.young.get(key).or_else(|| self.old.get(key))?.until?;
        until.checked_duration_since(now).filter(|wait| !wait.is_zero())
    }

    /// Counts one more, of which `borne` are borne, and returns how many there are. What was longer ago than two of the longest waits
    /// counts no more.
    pub fn fail(&mut self, key: K, borne: u32, rule: &LockOut, now: Instant) -> u32 {
        let known = self.young.remove(&key).or_else(|| self.old.remove(&key));
        let is_fresh =
            |count: &Count| now.saturating_duration_since(count.last) < rule.longest.saturating_mul(2);
        let failures = known.filter(is_fresh).map_or(0, |count| count.failures).saturating_add(1);
        let until = (failures >= borne).then(|| now.checked_add(rule.back_off(failures - borne))).flatten();
        if self.young.len() >= COUNTED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, Count { failures, last: now, until });
        failures
    }

    /// None of his failures counts any more.
    pub fn forget(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// The last one was none, and nobody waits for it.
    pub fn undo(&mut self, key: &K) {
        if let Some(count) = self.young.get_mut(key).or_else(|| self.old.get_mut(key)) {
            count.failures = count.failures.saturating_sub(1);
            count.until = None;
        }
    }
}

#[cfg(test)]
mod tests;
