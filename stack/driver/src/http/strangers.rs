//! The connections of a listener that have proved nothing, and which of them goes first.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::room::Tenant;

/// Those of one listener.
#[derive(Default)]
pub(super) struct Strangers(Mutex<Ranks>);

#[derive(Default)]
struct Ranks {
    /// Counts up: whoever has a lower rank has been idle for longer.
    last: u64,
    told: BTreeMap<u64, Arc<Notify>>,
}

impl Ranks {
    fn add(&mut self, told: Arc<Notify>) -> u64 {
        self.last += 1;
        self.told.insert(self.last, told);
        self.last
    }
}

/// One connection among them, until it proves something or goes.
pub(super) struct Stranger {
    all: Arc<Strangers>,
    rank: Mutex<u64>,
    told: Arc<Notify>,
}

impl Strangers {
    pub(super) fn enter(self: &Arc<Self>) -> Stranger {
        let told = Arc::new(Notify::new());
        let rank = self.0.lock().add(told.clone());
        Stranger { all: self.clone(), rank: Mutex::new(rank), told }
    }

    /// As [`Strangers::enter`], where there is room for so many: the one that has been idle the longest makes it.
    pub(super) fn enter_among(self: &Arc<Self>, most: usize) -> Stranger {
        while self.strangers() >= most.max(1) && self.evict() {}
        self.enter()
    }
}

impl Tenant for Strangers {
    fn strangers(&self) -> usize {
        self.0.lock().told.len()
    }

    fn evict(&self) -> bool {
        let gone = self.0.lock().told.pop_first();
        gone.inspect(|(_, told)| told.notify_one()).is_some()
    }
}

impl Stranger {
    /// Resolves when it is to go.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }

    /// It has shown a sign of life: others have been idle for longer now.
    pub(super) fn moved(&self) {
        let mut rank = self.rank.lock();
        let mut ranks = self.all.0.lock();
        // Whoever has been told to go stays so, and whoever has proved something is no stranger.
        if let Some(told) = ranks.told.remove(&rank) {
            *rank = ranks.add(told);
        }
    }

    /// It has proved something: nobody makes it go any more.
    pub(super) fn proved(&self) {
        let rank = self.rank.lock();
        self.all.0.lock().told.remove(&rank);
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.proved();
    }
}

#[cfg(test)]
mod tests;
