//! How long to wait before the database is opened again.

use std::time::Duration;

/// After the first attempt.
const FIRST: Duration = Duration::from_millis(100);

/// No user waits longer than this for a disk that is well again.
const LONGEST: Duration = Duration::from_secs(5);

/// None before the first attempt, then twice as long each time. A commit that reaches the disk starts over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Pause(Duration);

impl Pause {
    pub(super) fn next(&mut self) -> Duration {
        let now = self.0;
        self.0 = (now * 2).clamp(FIRST, LONGEST);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_from_nothing_to_its_bound() {
        let mut pause = Pause::default();
        let pauses: Vec<u128> = std::iter::repeat_with(|| pause.next().as_millis()).take(9).collect();
        assert_eq!(pauses, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }
}
