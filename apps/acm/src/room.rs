//! Whether there is room for one more request: of a partner, of an initiator.
//!
//! What is open stands in the store, so that all processes over it count the same. It is not counted for each request: a number that
//! was counted is good for a sixteenth of what is allowed, and one that was too high for as long as a count takes.

use std::collections::HashMap;

use kit::Fault;
use parking_lot::Mutex;

use crate::book::Book;

/// Names that are remembered; whoever comes beyond that is counted anew.
const NAMES: usize = 10_000;

/// Into so many parts what is allowed is cut, each of which is let in on one count.
const PARTS: usize = 16;

/// Records that are counted in a millisecond, about.
const COUNTED: usize = 10;

/// What is known of how many are open.
#[derive(Default)]
pub(crate) struct Room {
    counts: Mutex<HashMap<String, Count>>,
}

struct Count {
    /// How many there were when they were counted.
    known: usize,
    /// How many have been let in since.
    since: usize,
    /// Until when nobody is let in, in milliseconds of Unix time.
    full_until: u64,
}

impl Count {
    /// None where it has to be counted.
    fn take(&mut self, weight: usize, most: usize, now: u64) -> Option<bool> {
        if now < self.full_until {
            return Some(false);
        }
        let since = self.since.saturating_add(weight);
        let is_known = since <= most / PARTS && self.known.saturating_add(since) <= most;
        if is_known {
            self.since = since;
        }
        is_known.then_some(true)
    }
}

impl Room {
    /// Whether one more may be open under a prefix, which counts for so many.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub(crate) async fn takes(
        &self,
        book: &Book,
        prefix: String,
        weight: usize,
        most: usize,
        now: u64,
    ) -> Result<bool, Fault> {
        if let Some(takes) =
            self.counts.lock().get_mut(&prefix).and_then(|count| count.take(weight, most, now))
        {
            return Ok(takes);
        }
        let known = book.count(&prefix, most).await?;
        let is_full = known.saturating_add(weight) > most;
        let pause = if is_full { u64::try_from(most / COUNTED).unwrap_or(u64::MAX) } else { 0 };
        let count = Count {
            known,
            since: if is_full { 0 } else { weight },
            full_until: if is_full { now + pause } else { 0 },
        };
        let mut counts = self.counts.lock();
        if counts.len() >= NAMES {
            counts.clear();
        }
        counts.insert(prefix, count);
        Ok(!is_full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_good_for_a_part_of_what_is_allowed_and_never_for_more() {
        let mut count = Count { known: 0, since: 0, full_until: 0 };
        let let_in = (0..100).filter(|_| count.take(1, 160, 5) == Some(true)).count();
        assert_eq!((let_in, count.take(1, 160, 5)), (10, None), "then it is counted again");
        let mut count = Count { known: 158, since: 0, full_until: 0 };
        let let_in = (0..100).filter(|_| count.take(1, 160, 5) == Some(true)).count();
        assert_eq!(let_in, 2);
        let mut count = Count { known: 0, since: 0, full_until: 0 };
        let let_in = (0..100).filter(|_| count.take(4, 160, 5) == Some(true)).count();
        assert_eq!(let_in, 2, "what is long counts for more than one");
    }

    #[test]
    fn who_is_full_is_not_counted_again_at_once() {
        let mut count = Count { known: 160, since: 0, full_until: 9 };
        assert_eq!((count.take(1, 160, 8), count.take(1, 160, 9)), (Some(false), None));
    }
}
