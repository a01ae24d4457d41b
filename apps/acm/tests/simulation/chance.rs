//! Chance that is the same each time: SplitMix64 over a seed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A source of chance. A clone draws from the same.
#[derive(Clone)]
pub struct Chance(Arc<AtomicU64>);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed.wrapping_mul(STEP) ^ 0xa076_1d64_78bd_642f)))
    }

    fn draw(&self) -> u64 {
        let drawn = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^ (drawn >> 31)
    }

    /// From 0 on, below this.
    pub fn below(&self, end: u64) -> u64 {
        self.draw() % end.max(1)
    }

    pub fn one_in(&self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub fn percent(&self, share: u64) -> bool {
        self.below(100) < share
    }

    /// So long at least and at most, in milliseconds.
    pub fn millis(&self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least + 1))
    }

    /// So long at least and at most, in seconds.
    pub fn seconds(&self, least: u64, most: u64) -> Duration {
        self.millis(least * 1_000, most * 1_000)
    }

    pub fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).expect("a place among few")]
    }
}
