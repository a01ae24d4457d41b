//! A clock that stands still until the test moves it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use futures::{FutureExt as _, channel::oneshot};
use wire::{BoxFuture, Clock};

pub(super) struct Paused {
    start: Instant,
    state: Mutex<State>,
}

struct State {
    now: Instant,
    sleepers: Vec<(Instant, oneshot::Sender<()>)>,
}

impl Paused {
    pub(super) fn new() -> Self {
        #[allow(
            clippy::disallowed_methods,
            reason = "an arbitrary start; from here on only the test moves the clock"
        )]
        let start = Instant::now();
        Self { start, state: Mutex::new(State { now: start, sleepers: Vec::new() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn target(&self, duration: Duration) -> Instant {
        self.state().now + duration
    }

    /// Moves to the next moment, no later than `end`, at which somebody wakes, and wakes them. False where there is none.
    pub(super) fn wake_next(&self, end: Instant) -> bool {
        let mut state = self.state();
        state.sleepers.retain(|(_, sleeper)| !sleeper.is_canceled());
        let Some(next) = state.sleepers.iter().map(|(at, _)| *at).min().filter(|at| *at <= end) else {
            return false;
        };
        state.now = state.now.max(next);
        let (due, later) = std::mem::take(&mut state.sleepers).into_iter().partition(|(at, _)| *at <= next);
        state.sleepers = later;
        let due: Vec<(Instant, oneshot::Sender<()>)> = due;
        drop(state);
        for (_, sleeper) in due {
            let _ = sleeper.send(());
        }
        true
    }

    pub(super) fn arrive(&self, end: Instant) {
        self.state().now = end;
    }
}

impl Clock for Paused {
    fn now(&self) -> Instant {
        self.state().now
    }

    /// 2026-03-02T10:00:00Z when the world begins.
    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_772_445_600) + (self.now() - self.start)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        let at = state.now + duration;
        state.sleepers.push((at, sender));
        receiver.map(|_| ()).boxed()
    }
}
