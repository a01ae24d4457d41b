//! Log lines that peers provoke: a few at a time, and the rest as a number.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

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

#[cfg(test)]
mod tests;
