//! Time and tasks, as arguments.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use crate::BoxFuture;

/// The only source of time above `driver`. In tests it stands still until the test advances it.
pub trait Clock: Send + Sync {
    /// For intervals and deadlines.
    fn now(&self) -> Instant;
    /// For documents, certificates and logs.
    fn wall(&self) -> SystemTime;
    /// Resolves once `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The time of day, but that nobody puts it back: where that happens, it goes on from what it was. For whoever waits for a moment that was
/// worked out here: by the time of day it would come later by as much as that is put back. Put forward, it is forward here too, so that
/// what is kept until then is kept no shorter by the time of day.
#[derive(Debug)]
pub struct Steady(Mutex<(SystemTime, Instant)>);

impl Steady {
    /// The time of day now, and going on from here.
    #[must_use]
    pub fn of(clock: &dyn Clock) -> Self {
        Self(Mutex::new((clock.wall(), clock.now())))
    }

    /// What it is by now. Beyond the calendar it stands still.
    #[must_use]
    pub fn now(&self, clock: &dyn Clock) -> SystemTime {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, since) = *last;
        let now = clock.now();
        let gone_on = known.checked_add(now.saturating_duration_since(since)).unwrap_or(known);
        *last = (gone_on.max(clock.wall()), now.max(since));
        last.0
    }

    /// How far the time of day has been put back since this was made.
    #[must_use]
    pub fn put_back(&self, clock: &dyn Clock) -> Duration {
        self.now(clock).duration_since(clock.wall()).unwrap_or_default()
    }
}

/// Where work goes on that nobody awaits.
pub trait Tasks: Send + Sync {
    /// Runs the future to its end beside the caller; a panic in it ends only itself and is counted.
    fn spawn(&self, work: BoxFuture<'static, ()>);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Hands(Mutex<(Instant, SystemTime)>);

    impl Hands {
        fn pass(&self, seconds: u64) {
            let mut hands = self.0.lock().expect("lock");
            hands.0 += Duration::from_secs(seconds);
            hands.1 += Duration::from_secs(seconds);
        }
    }

    impl Clock for Hands {
        fn now(&self) -> Instant {
            self.0.lock().expect("lock").0
        }

        fn wall(&self) -> SystemTime {
            self.0.lock().expect("lock").1
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "some moment, from which the hands go on")]
    fn it_goes_on_where_the_time_of_day_is_put_back_and_follows_where_that_is_put_forward() {
        let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let clock = Hands(Mutex::new((Instant::now(), begin)));
        let steady = Steady::of(&clock);
        let at = |seconds| begin + Duration::from_secs(seconds);
        clock.pass(10);
        clock.0.lock().expect("lock").1 -= Duration::from_secs(7200);
        assert_eq!((steady.now(&clock), steady.put_back(&clock).as_secs()), (at(10), 7200));
        clock.pass(10);
        assert_eq!(steady.now(&clock), at(20));
        clock.0.lock().expect("lock").1 += Duration::from_secs(7200 + 1800);
        assert_eq!((steady.now(&clock), steady.put_back(&clock).as_secs()), (at(1820), 0));
    }
}
