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

/// Where work goes on that nobody awaits.
pub trait Tasks: Send + Sync {
    /// Runs the future to its end beside the caller; a panic in it ends only itself and is counted.
    fn spawn(&self, work: BoxFuture<'static, ()>);
}
