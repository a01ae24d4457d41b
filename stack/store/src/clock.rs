//! What time it is, as an argument.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Says what time it is, to decide which records have expired. It belongs to whoever assembles the process. A clone is the
/// same clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// A clock that asks.
    #[must_use]
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// A clock that stands still.
    #[must_use]
    pub fn still(at: SystemTime) -> Self {
        Self::new(move || at)
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment::of(self.now())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// Milliseconds since 1970, as engines keep them. What was before is 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Moment(pub(crate) u64);

impl Moment {
    pub(crate) fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        // The highest signed number of 64 bits is in the year 292 million.
        Self(since.as_millis().min(i64::MAX as u128) as u64)
    }

    /// None where the system's own type ends sooner.
    pub(crate) fn time(self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_to_the_millisecond() {
        let time = UNIX_EPOCH + Duration::from_micros(1_500_700);
        assert_eq!(Moment::of(time), Moment(1500));
        assert_eq!(Moment(1500).time(), Some(UNIX_EPOCH + Duration::from_millis(1500)));
        assert_eq!(Moment::of(UNIX_EPOCH - Duration::from_secs(1)), Moment(0));
    }
}
