//! Whom a listener lets go first where it has no room: connections that have proved nothing, and then those of whoever has been
//! served and wants nothing now.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::room::Tenant;

/// The connections of one listener.
#[derive(Default)]
pub(super) struct Strangers(Mutex<Ranks>);

#[derive(Default)]
struct Ranks {
    /// Counts up: whoever has a lower rank has been idle for longer.
    last: u64,
    /// Those that have proved nothing.
    strangers: BTreeMap<u64, Arc<Told>>,
    /// Those whose requests were answered with success, while none is under way.
    resting: BTreeMap<u64, Arc<Told>>,
}

impl Ranks {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

/// What one connection is told.
#[derive(Default)]
struct Told {
    /// It is to go at once.
    go: Notify,
    why: OnceLock<&'static str>,
    /// It is to end in good order.
    finish: Notify,
}

/// One connection among them.
pub(super) struct Stranger {
    all: Arc<Strangers>,
    standing: Mutex<(u64, Standing)>,
    told: Arc<Told>,
}

/// What a connection has proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    Nothing,
    /// That somebody here serves it.
    Served,
    /// Whose it is, by a certificate: it is never made to go.
    Certified,
}

impl Strangers {
    pub(super) fn enter(self: &Arc<Self>) -> Stranger {
        let told = Arc::<Told>::default();
        let mut ranks = self.0.lock();
        let rank = ranks.next();
        ranks.strangers.insert(rank, told.clone());
        Stranger { all: self.clone(), standing: Mutex::new((rank, Standing::Nothing)), told }
    }

    /// As [`Strangers::enter`], where there is room for so many: the one that has been idle the longest makes it.
    pub(super) fn enter_among(self: &Arc<Self>, most: usize) -> Stranger {
        while self.strangers() >= most.max(1) && self.turn_out("evicted handshake") {}
        self.enter()
    }

    /// Whoever has been idle the longest makes room for one that comes: a stranger, or one that rests where there is none.
    /// Whether there was one.
    pub(super) fn make_room(&self) -> bool {
        if self.turn_out("evicted connection") {
            return true;
        }
        let gone = self.0.lock().resting.pop_first();
        gone.inspect(|(_, told)| told.finish.notify_one()).is_some()
    }

    fn turn_out(&self, why: &'static str) -> bool {
        let gone = self.0.lock().strangers.pop_first();
        let told = gone.inspect(|(_, told)| {
            // The first reason counts.
            let _ = told.why.set(why);
            told.go.notify_one();
        });
        told.is_some()
    }
}

impl Tenant for Strangers {
    fn strangers(&self) -> usize {
        self.0.lock().strangers.len()
    }

    fn evict(&self) -> bool {
        self.turn_out("evicted for descriptors")
    }
}

impl Stranger {
    /// Resolves when it is to go at once, with the reason.
    pub(super) async fn told(&self) -> &'static str {
        self.told.go.notified().await;
        self.told.why.get().copied().unwrap_or("evicted connection")
    }

    /// Resolves when it is to end in good order.
    pub(super) async fn told_to_finish(&self) {
        self.told.finish.notified().await;
    }

    /// It has shown a sign of life: others have been idle for longer now, and whoever rested does so no more.
    pub(super) fn moved(&self) {
        let mut standing = self.standing.lock();
        let mut ranks = self.all.0.lock();
        ranks.resting.remove(&standing.0);
        // Whoever has been told to go stays so.
        if let Some(told) = ranks.strangers.remove(&standing.0) {
            standing.0 = ranks.next();
            ranks.strangers.insert(standing.0, told);
        }
    }

    /// It wants nothing now. What has been served makes room for others before anybody is turned away.
    pub(super) fn rests(&self) {
        let mut standing = self.standing.lock();
        if standing.1 == Standing::Served {
            let mut ranks = self.all.0.lock();
            standing.0 = ranks.next();
            ranks.resting.insert(standing.0, self.told.clone());
        }
    }

    /// A request was answered with success.
    pub(super) fn was_served(&self) {
        self.proved(Standing::Served);
    }

    /// It stands on a certificate.
    pub(super) fn is_certified(&self) {
        self.proved(Standing::Certified);
    }

    fn proved(&self, what: Standing) {
        let mut standing = self.standing.lock();
        if standing.1 == Standing::Nothing {
            self.all.0.lock().strangers.remove(&standing.0);
            standing.1 = what;
        }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let (rank, _) = *self.standing.get_mut();
        let mut ranks = self.all.0.lock();
        ranks.strangers.remove(&rank);
        ranks.resting.remove(&rank);
    }
}

#[cfg(test)]
mod tests;
