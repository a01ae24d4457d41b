//! The order in which a server takes requests and messages.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::case::Seq;

/// Milliseconds stand above these bits, what tells several servers over one store apart below [`STEP`].
const BELOW_MILLIS: u32 = 20;
const STEP: u64 = 1 << 8;

/// Gives out places, each later than all before, over restarts too: the clock is their lower bound, and whatever is found in the
/// store.
pub(crate) struct Sequence {
    last: AtomicU64,
    server: u64,
}

impl Sequence {
    /// `mark` is chance, so that two processes over one store do not give out the same place.
    pub(crate) fn new(mark: &str) -> Self {
        let server = mark.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self { last: AtomicU64::new(0), server: server % STEP }
    }

    /// The next places come after this one.
    pub(crate) fn after(&self, seq: Seq) {
        self.last.fetch_max(seq.0, Ordering::Relaxed);
    }

    pub(crate) fn next(&self, millis: u64) -> Seq {
        let floor = millis << BELOW_MILLIS;
        let later = |last: u64| Some((last / STEP * STEP + STEP).max(floor));
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later).unwrap_or_default();
        Seq(later(before).unwrap_or(floor) + self.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_up_when_the_clock_stands_still_goes_back_or_began_before_the_last_run() {
        let sequence = Sequence::new("a");
        let first = sequence.next(1_000);
        let second = sequence.next(1_000);
        let third = sequence.next(10);
        assert!(first < second && second < third);
        let later = Sequence::new("a");
        later.after(third);
        assert!(later.next(5) > third);
    }
}
