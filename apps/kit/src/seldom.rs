//! Log lines that others provoke: a few at a time of each kind, and the rest as a number.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So many lines of one kind are written
const LINES: u32 = 10;
/// in so much time.
const SPAN: Duration = Duration::from_secs(10);

/// So many kinds are remembered; beyond that those go that are over.
const KINDS: usize = 1_000;

/// Lines of an entity, by what they are about: a cause, a partner.
#[derive(Default, Debug)]
pub(crate) struct Seldom(Mutex<HashMap<Box<str>, Kind>>);

#[derive(Debug)]
struct Kind {
    begun: Instant,
    written: u32,
    unwritten: u64,
}

impl Seldom {
    /// Whether a line about this may be written now: then, how many have not been since the last.
    pub(crate) fn turn(&self, now: Instant, about: &str) -> Option<u64> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |kind: &Kind| now.saturating_duration_since(kind.begun) >= SPAN;
        if !kinds.contains_key(about) && kinds.len() >= KINDS {
            kinds.retain(|_, kind| !is_over(kind));
            if kinds.len() >= KINDS {
                return None;
            }
        }
        let new = || Kind { begun: now, written: 0, unwritten: 0 };
        let kind = kinds.entry(about.into()).or_insert_with(new);
        if is_over(kind) {
            (kind.begun, kind.written) = (now, 0);
        }
        if kind.written >= LINES {
            kind.unwritten += 1;
            return None;
        }
        kind.written += 1;
        Some(std::mem::take(&mut kind.unwritten))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{KINDS, Seldom};
    use crate::testing::Lab;

    #[test]
    fn ten_lines_in_ten_seconds_of_each_kind_and_the_rest_is_a_number() {
        let (seldom, begun) = (Seldom::default(), Lab::new().world("any").clock.now());
        let at = |seconds, about| seldom.turn(begun + Duration::from_secs(seconds), about);
        assert!((0..10).all(|_| at(0, "no-token") == Some(0)));
        assert_eq!((at(1, "no-token"), at(9, "no-token")), (None, None));
        assert_eq!(at(9, "bad-token"), Some(0), "another kind has its own");
        assert_eq!((at(10, "no-token"), at(10, "no-token")), (Some(2), Some(0)));
    }

    #[test]
    fn so_many_kinds_are_remembered_and_no_more() {
        let (seldom, now) = (Seldom::default(), Lab::new().world("any").clock.now());
        assert!((0..KINDS).all(|kind| seldom.turn(now, &kind.to_string()) == Some(0)));
        assert_eq!(seldom.turn(now, "one more"), None);
        assert_eq!(seldom.turn(now + Duration::from_secs(10), "one more"), Some(0), "those are over");
    }
}
