//! A hashed timer wheel (Varghese and Lauck, scheme 6): set, cancelled and fired in constant time.
//!
//! One turn is longer than the longest timer of a transaction, so that such a timer is looked at once. A longer one is
//! looked at once a turn. Timers fire in the order of their ticks, up to one [`TICK`] late and never early.

use std::time::{Duration, Instant};

use crate::slab::{Key, Slab};

/// What deadlines are rounded up to.
pub const TICK: Duration = Duration::from_millis(10);

/// One turn: 40.96 s.
const SLOTS: usize = 4096;

/// Timers, each carrying a small value that is given back when it fires.
#[derive(Debug)]
pub struct Wheel<T> {
    epoch: Instant,
    /// The first tick that has not been worked off.
    cursor: u64,
    /// The first of each slot's chain.
    slots: Box<[Option<Key>]>,
    /// One bit per slot that has a chain.
    occupied: [u64; SLOTS / 64],
    timers: Slab<Timer<T>>,
}

/// A timer that has been set. Once it has fired or been cancelled it names nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimerId(Key);

#[derive(Debug)]
struct Timer<T> {
    tick: u64,
    value: T,
    previous: Option<Key>,
    next: Option<Key>,
}

impl<T: Copy> Wheel<T> {
    /// An empty wheel. No deadline lies before `epoch`; one that does fires with the next tick.
    #[must_use]
    pub fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            cursor: 0,
            slots: vec![None; SLOTS].into(),
            occupied: [0; SLOTS / 64],
            timers: Slab::new(),
        }
    }

    /// Sets a timer. None only when 2^32 timers are set already.
    pub fn insert(&mut self, at: Instant, value: T) -> Option<TimerId> {
        let tick = self.tick_at_or_after(at).max(self.cursor);
        let head = *self.slots.get(slot_of(tick))?;
        let key = self.timers.insert(Timer { tick, value, previous: None, next: head })?;
        if let Some(head) = head.and_then(|head| self.timers.get_mut(head)) {
            head.previous = Some(key);
        }
        self.set_head(tick, Some(key));
        Some(TimerId(key))
    }

    /// Takes a timer out and gives its value back; none when it has fired or been cancelled already.
    pub fn cancel(&mut self, id: TimerId) -> Option<T> {
        let Timer { tick, value, previous, next } = self.timers.remove(id.0)?;
        if let Some(next) = next.and_then(|next| self.timers.get_mut(next)) {
            next.previous = previous;
        }
        match previous.and_then(|previous| self.timers.get_mut(previous)) {
            Some(previous) => previous.next = next,
            None => self.set_head(tick, next),
        }
        Some(value)
    }

    /// Fires one timer whose time has come. Call it until nothing is left.
    pub fn expire(&mut self, now: Instant) -> Option<T> {
        let today = self.tick_at_or_before(now);
        while self.cursor <= today {
            match self.next_occupied() {
                Some(tick) if tick <= today => self.cursor = tick,
                _ => {
                    self.cursor = today + 1;
                    return None;
                }
            }
            if let Some(due) = self.due() {
                return self.cancel(due);
            }
            self.cursor += 1;
        }
        None
    }

    /// When to call [`Wheel::expire`] next. It may then find nothing (a timer of a later turn), but nothing is due
    /// before.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let ticks = self.next_occupied()?;
        Some(self.epoch + Duration::from_millis(ticks.saturating_mul(millis(TICK))))
    }

    /// How many timers are set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.timers.len()
    }

    /// Whether none is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A timer of the tick at the cursor.
    fn due(&self) -> Option<TimerId> {
        let mut next = *self.slots.get(slot_of(self.cursor))?;
        while let Some(key) = next {
            let timer = self.timers.get(key)?;
            if timer.tick <= self.cursor {
                return Some(TimerId(key));
            }
            next = timer.next;
        }
        None
    }

    /// The first tick from the cursor on, within one turn, whose slot has a chain.
    fn next_occupied(&self) -> Option<u64> {
        let start = slot_of(self.cursor);
        let (word, bit) = (start / 64, start % 64);
        (0..=self.occupied.len()).find_map(|step| {
            let index = (word + step) % self.occupied.len();
            let below = !0 << bit;
            let mask = match step {
                0 => below,
                64 => !below,
                _ => !0,
            };
            let bits = self.occupied.get(index)? & mask;
            let found = index * 64 + bits.trailing_zeros() as usize;
            (bits != 0).then(|| self.cursor + ((found + SLOTS - start) % SLOTS) as u64)
        })
    }

    fn set_head(&mut self, tick: u64, head: Option<Key>) {
        let slot = slot_of(tick);
        if let Some(place) = self.slots.get_mut(slot) {
            *place = head;
        }
        if let Some(word) = self.occupied.get_mut(slot / 64) {
            let bit = 1 << (slot % 64);
            *word = if head.is_some() { *word | bit } else { *word & !bit };
        }
    }

    fn tick_at_or_before(&self, at: Instant) -> u64 {
        millis(at.saturating_duration_since(self.epoch)) / millis(TICK)
    }

    fn tick_at_or_after(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.epoch)
            .as_nanos()
            .div_ceil(TICK.as_nanos())
            .try_into()
            .unwrap_or(u64::MAX)
    }
}

fn slot_of(tick: u64) -> usize {
    (tick % SLOTS as u64) as usize
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
