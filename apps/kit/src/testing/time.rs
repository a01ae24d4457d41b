//! A clock that stands still until the test moves it.

use std::{
    collections::BTreeMap,
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
    /// By when they wake, and which of them came first.
    sleepers: BTreeMap<(Instant, u64), oneshot::Sender<()>>,
    slept: u64,
    /// How far the time of day has been put back.
    back: Duration,
}

impl Paused {
    pub(super) fn new() -> Self {
        #[allow(
            clippy::disallowed_methods,
            reason = "an arbitrary start; from here on only the test moves the clock"
        )]
        let start = Instant::now();
        Self {
            start,
            state: Mutex::new(State {
                now: start,
                sleepers: BTreeMap::new(),
                slept: 0,
                back: Duration::ZERO,
            }),
        }
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
        while let Some(first) = state.sleepers.first_entry().filter(|first| first.get().is_canceled()) {
            first.remove();
        }
        let Some(next) = state.sleepers.keys().next().map(|(at, _)| *at).filter(|at| *at <= end) else {
            return false;
        };
        state.now = state.now.max(next);
        let mut due = Vec::new();
        while let Some(first) = state.sleepers.first_entry().filter(|first| first.key().0 == next) {
            due.push(first.remove());
        }
        drop(state);
        for sleeper in due {
            let _ = sleeper.send(());
        }
        true
    }

    pub(super) fn put_back(&self, by: Duration) {
        self.state().back += by;
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
        let state = self.state();
        UNIX_EPOCH + Duration::from_secs(1_772_445_600) + (state.now - self.start) - state.back
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        let key = (state.now + duration, state.slept);
        state.slept += 1;
        state.sleepers.insert(key, sender);
        receiver.map(|_| ()).boxed()
    }
}
