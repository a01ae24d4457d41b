//! Users of ours who may work in another MC system (TS 23.280 10.6.3), as the own MC service server says: it tells that something
//! has changed, and is asked where a user works when that matters next.
//!
//! Held in memory. After a restart nothing is known of anybody: who is not logged on here is asked about.

use std::{collections::HashMap, sync::Mutex};

use xml_schemas::ids::McServiceId;

use crate::state::lock;

/// How many users are remembered; beyond, those who are at home are asked about again.
const REMEMBERED: usize = 100_000;

/// Where users work, as far as it was asked.
#[derive(Default)]
pub struct Migrants(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// With the number of the last change that was told of: an answer that was asked for before it does not count.
    users: HashMap<McServiceId, (Standing, u64)>,
    changes: u64,
}

/// What is known of a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Something has changed, or nothing has ever been asked.
    Unknown {
        /// Whether the MC service server has told that something has changed.
        is_told: bool,
    },
    /// He works here.
    Home,
    /// He works in a partner system, under this MC service ID.
    Away(McServiceId),
}

impl Migrants {
    /// What is known of this user, and the number of the change as of which that is.
    #[must_use]
    pub fn standing(&self, user: &McServiceId) -> (Standing, u64) {
        let known = lock(&self.0).users.get(user).cloned();
        known.unwrap_or((Standing::Unknown { is_told: false }, 0))
    }

    /// The user has gone, or is back.
    pub fn changed(&self, user: McServiceId) {
        let mut known = lock(&self.0);
        known.changes += 1;
        let change = known.changes;
        known.put(user, (Standing::Unknown { is_told: true }, change));
    }

    /// The answer about a user, asked for as of this change.
    pub fn learn(&self, user: &McServiceId, abroad: Option<McServiceId>, change: u64) {
        let mut known = lock(&self.0);
        if known.users.get(user).map_or(0, |(_, change)| *change) == change {
            known.put(user.clone(), (abroad.map_or(Standing::Home, Standing::Away), change));
        }
    }
}

impl Known {
    fn put(&mut self, user: McServiceId, standing: (Standing, u64)) {
        if self.users.len() >= REMEMBERED && !self.users.contains_key(&user) {
            self.users.retain(|_, (standing, _)| *standing != Standing::Home);
        }
        self.users.insert(user, standing);
    }
}

#[cfg(test)]
mod tests;
