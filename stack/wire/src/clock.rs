//! Time and tasks, as arguments.

use std::time::{Duration, Instant, SystemTime};

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

/// The time of day as it was when this was made, and as it has gone on from there: nobody puts it back. For whoever waits for a moment
/// that was worked out here: by the time of day it would come later by as much as that is put back.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    wall: SystemTime,
    since: Instant,
}

impl Steady {
    /// The time of day now, and going on from here.
    #[must_use]
    pub fn of(clock: &dyn Clock) -> Self {
        Self { wall: clock.wall(), since: clock.now() }
    }

    /// What it is by now. Beyond the calendar it stands still.
    #[must_use]
    pub fn now(&self, clock: &dyn Clock) -> SystemTime {
        let passed = clock.now().saturating_duration_since(self.since);
        self.wall.checked_add(passed).unwrap_or(self.wall)
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
