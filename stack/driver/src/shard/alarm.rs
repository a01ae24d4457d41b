//! One sleeping task for all timers of a shard.

use std::{
    cell::{Cell, RefCell},
    future::{Future as _, poll_fn},
    pin::Pin,
    task::{Poll, Waker},
    time::{Duration, Instant},
};

use tokio::time::{Sleep, sleep_until};

/// Timers due within this much of each other wake the shard once. Nothing fires early, and the shortest timer is
/// T1 = 500 ms.
const SLACK: Duration = Duration::from_millis(20);

#[derive(Default)]
pub(super) struct Alarm {
    due: Cell<Option<Instant>>,
    /// What the sleeper is waiting for.
    armed: Cell<Option<Instant>>,
    sleeper: RefCell<Option<Waker>>,
}

impl Alarm {
    /// Called after every event: cheap unless the new deadline lies before the one that is waited for.
    pub(super) fn set(&self, due: Option<Instant>) {
        self.due.set(due);
        let is_earlier = match (due, self.armed.get()) {
            (Some(due), Some(armed)) => due + SLACK < armed,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if is_earlier && let Some(sleeper) = self.sleeper.borrow_mut().take() {
            sleeper.wake();
        }
    }

    /// Resolves when a deadline has passed.
    pub(super) async fn ring(&self) {
        let mut sleep: Option<Pin<Box<Sleep>>> = None;
        poll_fn(|cx| {
            *self.sleeper.borrow_mut() = Some(cx.waker().clone());
            let Some(due) = self.due.get() else {
                self.armed.set(None);
                return Poll::Pending;
            };
            if sleep.is_none() || self.armed.get().is_none_or(|armed| armed > due + SLACK) {
                self.armed.set(Some(due + SLACK));
                sleep = Some(Box::pin(sleep_until((due + SLACK).into())));
            }
            let slept = sleep.as_mut().map_or(Poll::Pending, |sleep| sleep.as_mut().poll(cx));
            if slept.is_ready() {
                self.armed.set(None);
            }
            slept
        })
        .await;
    }
}
