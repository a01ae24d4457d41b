//! Log lines that peers provoke: a few at a time, and the rest as a number.

use std::{
    cell::Cell,
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::subscriber::subscriber;

/// So many lines are written
const LINES: u32 = 10;
/// in so much time.
const SPAN: Duration = Duration::from_secs(10);

/// One kind of line.
#[derive(Default)]
pub(crate) struct Seldom {
    begun: Cell<Option<Instant>>,
    written: Cell<u32>,
    unwritten: Cell<u64>,
}

impl Seldom {
    /// Whether a line may be written now: then, how many have not been since the last.
    pub(crate) fn turn(&self, now: Instant) -> Option<u64> {
        if self.begun.get().is_none_or(|begun| now.duration_since(begun) >= SPAN) {
            self.begun.set(Some(now));
            self.written.set(0);
        }
        if self.written.get() >= LINES {
            self.unwritten.set(self.unwritten.get() + 1);
            return None;
        }
        self.written.set(self.written.get() + 1);
        Some(self.unwritten.take())
    }
}

/// So many addresses are told of
const ADDRESSES: usize = 256;
/// in so much time, once each: one who comes often keeps nobody's line out, and of more than so many the rest is a number.
const ROUND: Duration = Duration::from_secs(60);

/// Lines about peers, each by its address.
#[derive(Default)]
pub(crate) struct SeldomEach(Mutex<Each>);

#[derive(Default)]
struct Each {
    /// When a line was written last, and how many have not been since.
    told: HashMap<IpAddr, (Instant, u64), ahash::RandomState>,
    /// Of addresses for which there was no room.
    untold: u64,
}

impl SeldomEach {
    /// Whether a line about this peer may be written now: then, how many have not been since the last about him, and about peers for
    /// whom there was no room.
    pub(crate) fn turn(&self, now: Instant, peer: IpAddr) -> Option<u64> {
        let (address, each) = (subscriber(peer), &mut *self.0.lock());
        let is_recent = |at: Instant| now.duration_since(at) < ROUND;
        if let Some((_, untold)) = each.told.get_mut(&address).filter(|(at, _)| is_recent(*at)) {
            *untold += 1;
            return None;
        }
        let untold = each.told.remove(&address).map_or(0, |(_, untold)| untold);
        if each.told.len() >= ADDRESSES {
            each.told.retain(|_, (at, _)| is_recent(*at));
        }
        if each.told.len() >= ADDRESSES {
            each.untold += 1;
            return None;
        }
        each.told.insert(address, (now, 0));
        Some(untold + std::mem::take(&mut each.untold))
    }
}

#[cfg(test)]
mod tests;
