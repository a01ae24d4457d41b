//! What peers' connections may take of the descriptors of a process, over all of its listeners.
//!
//! A listener's own bound keeps strangers from taking its places; this keeps those at one listener from taking the
//! descriptors of all. Once too few are left, the listener that holds most strangers gives up the one that has been idle
//! the longest, whichever listener the next connection comes to.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

/// Descriptors that are kept for all else at least: sockets, connections that are opened, stores, operators.
const RESERVE: usize = 64;
/// And this part of all.
const PART: usize = 10;
/// Strangers that go at once when the machine itself has no room left.
const RELIEF: usize = 16;
/// How long accepting rests when no descriptors are left.
pub(crate) const REST: Duration = Duration::from_millis(100);

/// The budget of a process. Clones are the same.
#[derive(Clone)]
pub struct Room(Arc<Inside>);

struct Inside {
    budget: usize,
    /// What may be open above the budget while those who were told to go are going.
    slack: usize,
    open: AtomicUsize,
    promised: AtomicUsize,
    tenants: Mutex<Vec<Weak<dyn Tenant>>>,
}

/// A listener that takes part.
pub(crate) trait Tenant: Send + Sync {
    /// Connections that have proved nothing.
    fn strangers(&self) -> usize;

    /// Tells the one of them that has been idle the longest to go. Whether there was one.
    fn evict(&self) -> bool;
}

impl Default for Room {
    /// Without a bound.
    fn default() -> Self {
        Self::new(usize::MAX, 0)
    }
}

impl Room {
    /// Of a process that may have so many descriptors: connections that peers open get all but a tenth, or all but 64 if
    /// that is more.
    #[must_use]
    pub fn of(descriptors: usize) -> Self {
        let reserve = RESERVE.max(descriptors / PART);
        Self::new(descriptors.saturating_sub(reserve).max(1), reserve / 2)
    }

    fn new(budget: usize, slack: usize) -> Self {
        Self(Arc::new(Inside {
            budget,
            slack,
            open: AtomicUsize::new(0),
            promised: AtomicUsize::new(0),
            tenants: Mutex::default(),
        }))
    }

    /// Connections that peers may have open, over all listeners.
    #[must_use]
    pub fn budget(&self) -> usize {
        self.0.budget
    }

    /// What the listeners that were started may hold by their own bounds; more than [`Room::budget`] is never reached.
    #[must_use]
    pub fn promised(&self) -> usize {
        self.0.promised.load(Ordering::Relaxed)
    }

    /// A listener takes part, with this bound of its own, for as long as it lives.
    pub(crate) fn join<T: Tenant + 'static>(&self, tenant: &Arc<T>, connections: usize) {
        self.0.promised.fetch_add(connections, Ordering::Relaxed);
        let tenant: Weak<T> = Arc::downgrade(tenant);
        let mut tenants = self.0.tenants.lock();
        tenants.retain(|tenant| tenant.strong_count() > 0);
        tenants.push(tenant);
    }

    /// Takes one more connection in; where there are as many as may be, a stranger makes room, or there is none.
    pub(crate) fn enter(&self) -> Option<Seat> {
        let seat = Seat(self.clone());
        let before = self.0.open.fetch_add(1, Ordering::SeqCst);
        (before < self.0.budget || self.evict()).then_some(seat)
    }

    /// Waits, above the budget, for those who were told to go.
    pub(crate) async fn settle(&self) {
        let above = self.0.open.load(Ordering::SeqCst).saturating_sub(self.0.budget);
        if above > self.0.slack.max(1) {
            tokio::time::sleep(REST).await;
        } else if above > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// The machine has no room for another connection, whatever the budget says.
    pub(crate) fn relieve(&self) {
        // Fewer than these are left to go.
        let _ = (0..RELIEF).all(|_| self.evict());
    }

    fn evict(&self) -> bool {
        let tenants: Vec<_> = self.0.tenants.lock().iter().filter_map(Weak::upgrade).collect();
        tenants.iter().max_by_key(|tenant| tenant.strangers()).is_some_and(|most| most.evict())
    }
}

/// What a connection holds until it is closed.
pub(crate) struct Seat(Room);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}
