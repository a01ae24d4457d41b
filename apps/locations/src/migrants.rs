//! Users of ours who may work in another MC system (TS 23.280 10.6.3), as the own MC service server says: it tells that something
//! has changed, and is asked where a user works when that matters next.
//!
//! Held in memory. After a restart nothing is known of anybody, and whoever is asked for is asked about first: that he is registered at
//! home too does not say that he works there.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use xml_schemas::ids::McServiceId;

use crate::state::lock;

/// How many users are remembered; beyond, all are asked about again.
const REMEMBERED: usize = 1_000_000;

/// For how long nobody is asked where the servers have not answered.
const PAUSE: Duration = Duration::from_secs(5);

/// Where users work, as far as it was asked.
#[derive(Default)]
pub struct Migrants(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// With the number of the last change that was told of: an answer that was asked for before it does not count.
    users: HashMap<McServiceId, (Standing, u64)>,
    changes: u64,
    /// The number of the last change when those were forgotten of whom nothing is known.
    forgotten: u64,
    /// Until when nobody is asked: the servers have not answered.
    silent: Option<Instant>,
}

/// What is known of a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Something has changed, or nothing has ever been asked.
    Unknown,
    /// He works here.
    Home,
    /// He works in a partner system, under this MC service ID.
    Away(McServiceId),
}

impl Migrants {
    /// What is known of this user, and the number of the change as of which that is.
    #[must_use]
    pub fn standing(&self, user: &McServiceId) -> (Standing, u64) {
        let known = lock(&self.0);
        known.users.get(user).cloned().unwrap_or((Standing::Unknown, known.forgotten))
    }

    /// Whether it is of use to ask: the servers have answered of late, or long enough ago have not.
    #[must_use]
    pub fn may_ask(&self, now: Instant) -> bool {
        lock(&self.0).silent.is_none_or(|until| now >= until)
    }

    /// Nobody has answered: whoever asks next does not wait for that again.
    pub fn unanswered(&self, now: Instant) {
        lock(&self.0).silent = now.checked_add(PAUSE);
    }

    /// The user has gone, or is back.
    pub fn changed(&self, user: McServiceId) {
        let mut known = lock(&self.0);
        known.changes += 1;
        let change = known.changes;
        known.silent = None;
        known.put(user, (Standing::Unknown, change));
    }

    /// The answer about a user, asked for as of this change.
    pub fn learn(&self, user: &McServiceId, abroad: Option<McServiceId>, change: u64) {
        let mut known = lock(&self.0);
        if known.users.get(user).map_or(known.forgotten, |(_, change)| *change) == change {
            known.put(user.clone(), (abroad.map_or(Standing::Home, Standing::Away), change));
        }
    }
}

impl Known {
    fn put(&mut self, user: McServiceId, standing: (Standing, u64)) {
        if self.users.len() >= REMEMBERED && !self.users.contains_key(&user) {
            self.users.clear();
            // An answer that is under way was asked for as of an earlier change, and counts for nobody.
            self.changes += 1;
            self.forgotten = self.changes;
        }
        self.users.insert(user, standing);
    }
}

#[cfg(test)]
mod tests;
