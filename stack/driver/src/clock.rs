//! The clocks: the machine's, and one that starts where a test says.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use wire::{BoxFuture, Clock};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// As what [`crate::Env`] takes.
    #[must_use]
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock whose wall time begins where it is told and moves with the runtime's time, which a test may have paused.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeClock {
    begin: tokio::time::Instant,
    wall: SystemTime,
}

impl RuntimeClock {
    /// A clock that reads `wall` now.
    #[must_use]
    pub fn starting_at(wall: SystemTime) -> Self {
        Self { begin: tokio::time::Instant::now(), wall }
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn wall(&self) -> SystemTime {
        self.wall + self.begin.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
