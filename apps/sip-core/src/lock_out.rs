//! Whoever guesses passwords waits: longer after each guess, by user and source, and by source. RFC 3261 22.1 and RFC 7616 5.8
//! name the attack and leave it open what is done against it.
//!
//! Nobody is counted by name alone, so that no guess shuts a user out who comes from elsewhere. A guess counts once it has been
//! found wrong: between looking at it and counting it nothing is awaited, so that no more of them slip through at once than threads
//! are at work, and many terminals that are right at once lock nobody out. What is counted is in memory and bounded.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use kit::lock_out::{Generations, LockOut};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use crate::source::Source;

/// Who shows credentials: the user by its name, known here or not, and from where. A name takes as much room however long it is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Guesser {
    user: [u8; 32],
    source: Source,
}

impl Guesser {
    pub(crate) fn of(user: &str, source: Source) -> Self {
        Self { user: Sha256::digest(user).into(), source }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }
}

/// Counts wrong credentials.
#[derive(Debug)]
pub(crate) struct Attempts {
    rule: LockOut,
    counts: Mutex<Counts>,
}

#[derive(Default, Debug)]
struct Counts {
    pairs: Generations<Guesser>,
    networks: Generations<IpAddr>,
}

impl Attempts {
    pub(crate) fn new(rule: LockOut) -> Self {
        Self { rule, counts: Mutex::default() }
    }

    /// How long this one has to wait before credentials of his are looked at; none where they are now.
    pub(crate) fn wait(&self, guesser: &Guesser, now: Instant) -> Option<Duration> {
        let counts = self.counts.lock();
        let network = guesser.source.network().and_then(|network| counts.networks.wait(&network, now));
        counts.pairs.wait(guesser, now).max(network)
    }

    /// His credentials were wrong. How long he waits from now on, if he does.
    ///
    /// The network bears no more guesses of one pair than the pair is borne: a terminal that goes on trying an old password is slowed
    /// down by itself, and does not shut out whoever shares its address.
    pub(crate) fn wrong(&self, guesser: &Guesser, now: Instant) -> Option<Duration> {
        let counts = &mut *self.counts.lock();
        let failures = counts.pairs.fail(guesser.clone(), self.rule.user, &self.rule, now);
        let network = guesser.source.network().filter(|_| failures <= self.rule.user);
        if let Some(network) = network {
            counts.networks.fail(network, self.rule.address, &self.rule, now);
        }
        let network = network.and_then(|network| counts.networks.wait(&network, now));
        counts.pairs.wait(guesser, now).max(network)
    }

    /// His credentials were right. Of the others who come from there nothing is known by that.
    pub(crate) fn right(&self, guesser: &Guesser) {
        self.counts.lock().pairs.forget(guesser);
    }
}

#[cfg(test)]
mod tests;
