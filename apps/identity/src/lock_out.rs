//! Whoever guesses passwords waits: longer after each guess, by user and by address. TS 33.180 leaves it open; RFC 6819 clause 4.4.3.6
//!
//! An attempt counts as failed from its beginning, so that many at once are as many guesses. What is counted is in memory and bounded:
//! a restart forgets it.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use kit::lock_out::{Generations, LockOut, network};

/// Counts attempts.
#[derive(Debug)]
pub(crate) struct Attempts {
    rule: LockOut,
    users: Mutex<Generations<String>>,
    addresses: Mutex<Generations<IpAddr>>,
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

#[cfg(test)]
mod tests;
