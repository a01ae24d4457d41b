//! Whoever guesses passwords waits: longer after each guess, by user and by address. TS 33.180 leaves it open; RFC 6819 clause 4.4.3.6
//!
//! An attempt counts as failed from its beginning, so that many at once are as many guesses. What is counted is in memory and bounded:
//! a restart forgets it.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::config::LockOut;

/// How many users, and how many addresses, are counted in each of two generations.
const COUNTED: usize = 50_000;

/// Counts attempts.
#[derive(Debug)]
pub(crate) struct Attempts {
    rule: LockOut,
    users: Mutex<Generations<String>>,
    addresses: Mutex<Generations<IpAddr>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    last: Instant,
    until: Option<Instant>,
}

impl Attempts {
    pub(crate) fn new(rule: LockOut) -> Self {
        Self { rule, users: Mutex::default(), addresses: Mutex::default() }
    }

    /// Whether a password of this user from this address may be looked at now. If so, it counts as a failure until it is
    /// [forgiven](Attempts::forgive).
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn begin(&self, user: &str, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let (mut users, mut addresses) = (lock(&self.users), lock(&self.addresses));
        let address = network(address);
        let wait =
            [users.wait(&user.to_owned(), now), addresses.wait(&address, now)].into_iter().flatten().max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        users.fail(user.to_owned(), self.rule.user, &self.rule, now);
        addresses.fail(address, self.rule.address, &self.rule, now);
        Ok(())
    }

    /// Whether it has to be waited by now before this user is tried again.
    pub(crate) fn is_locked_out(&self, user: &str, now: Instant) -> bool {
        lock(&self.users).wait(&user.to_owned(), now).is_some()
    }

    /// The attempt was none: the password was right, or nobody looked at it.
    pub(crate) fn forgive(&self, user: &str, address: IpAddr, was_right: bool) {
        let (user, address) = (user.to_owned(), network(address));
        if was_right {
            lock(&self.users).forget(&user);
        } else {
            lock(&self.users).undo(&user);
        }
        lock(&self.addresses).undo(&address);
    }
}

fn lock<K>(counts: &Mutex<Generations<K>>) -> std::sync::MutexGuard<'_, Generations<K>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One end has a whole /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address => address,
    }
}

/// Once there are enough young counts they become the old, and the old are forgotten.
#[derive(Debug)]
struct Generations<K> {
    young: HashMap<K, Count>,
    old: HashMap<K, Count>,
}

impl<K> Default for Generations<K> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Hash + Eq> Generations<K> {
    fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let until = self.young.get(key).or_else(|| self.old.get(key))?.until?;
        until.checked_duration_since(now).filter(|wait| !wait.is_zero())
    }

    fn fail(&mut self, key: K, borne: u32, rule: &LockOut, now: Instant) {
        let known = self.young.remove(&key).or_else(|| self.old.remove(&key));
        let fresh =
            |count: &Count| now.saturating_duration_since(count.last) < rule.longest.saturating_mul(2);
        let failures = known.filter(fresh).map_or(0, |count| count.failures).saturating_add(1);
        let until = (failures >= borne).then(|| now.checked_add(back_off(failures - borne, rule))).flatten();
        if self.young.len() >= COUNTED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, Count { failures, last: now, until });
    }

    fn forget(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    fn undo(&mut self, key: &K) {
        if let Some(count) = self.young.get_mut(key).or_else(|| self.old.get_mut(key)) {
            count.failures = count.failures.saturating_sub(1);
            count.until = None;
        }
    }
}

fn back_off(beyond: u32, rule: &LockOut) -> Duration {
    rule.first.saturating_mul(1 << beyond.min(20)).min(rule.longest)
}

#[cfg(test)]
mod tests;
