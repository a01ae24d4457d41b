//! Tasks that run one after the other when the test says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Context,
};

use futures::task::{ArcWake, waker};
use wire::{BoxFuture, Tasks};

type Work = BoxFuture<'static, ()>;

#[derive(Default)]
pub(super) struct Queue {
    spawned: Mutex<Vec<Work>>,
    waiting: Mutex<Waiting>,
    woken: Arc<Woken>,
}

#[derive(Default)]
struct Waiting {
    tasks: BTreeMap<u64, Work>,
    next: u64,
}

/// The tasks that have been woken, by their place in the order of their spawning.
#[derive(Default)]
struct Woken(Mutex<BTreeSet<u64>>);

impl Woken {
    fn set(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first from this place on.
    fn take(&self, from: u64) -> Option<u64> {
        let mut set = self.set();
        let first = set.range(from..).next().copied()?;
        set.remove(&first);
        Some(first)
    }
}

/// Wakes one task.
struct Bell {
    task: u64,
    woken: Arc<Woken>,
}

impl ArcWake for Bell {
    fn wake_by_ref(this: &Arc<Self>) {
        this.woken.set().insert(this.task);
    }
}

impl Tasks for Queue {
    fn spawn(&self, work: Work) {
        self.spawned.lock().unwrap_or_else(PoisonError::into_inner).push(work);
    }
}

impl Queue {
    /// Until no task is woken any more: round after round in the order of their spawning, those spawned meanwhile in the next round.
    pub(super) fn run(&self) {
        let mut waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        loop {
            for work in self.spawned.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
                waiting.tasks.insert(waiting.next, work);
                self.woken.set().insert(waiting.next);
                waiting.next += 1;
            }
            let (mut from, mut polled) = (0, false);
            while let Some(task) = self.woken.take(from) {
                from = task + 1;
                let Some(work) = waiting.tasks.get_mut(&task) else { continue };
                polled = true;
                let waker = waker(Arc::new(Bell { task, woken: Arc::clone(&self.woken) }));
                if work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                    waiting.tasks.remove(&task);
                }
            }
            if !polled {
                break;
            }
        }
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
    }
}
