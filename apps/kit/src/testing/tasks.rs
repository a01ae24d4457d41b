//! Tasks that run one after the other when the test says so.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Context,
};

use futures::task::{ArcWake, waker};
use wire::{BoxFuture, Tasks};

#[derive(Default)]
pub(super) struct Queue {
    spawned: Mutex<Vec<Task>>,
    waiting: Mutex<Vec<Task>>,
}

struct Task {
    work: BoxFuture<'static, ()>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl ArcWake for Woken {
    fn wake_by_ref(this: &Arc<Self>) {
        this.0.store(true, Ordering::Release);
    }
}

impl Tasks for Queue {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        let task = Task { work, woken: Arc::new(Woken(AtomicBool::new(true))) };
        self.spawned.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }
}

impl Queue {
    /// Until no task is woken any more.
    pub(super) fn run(&self) {
        let mut waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        loop {
            waiting.append(&mut self.spawned.lock().unwrap_or_else(PoisonError::into_inner));
            let mut polled = false;
            waiting.retain_mut(|task| {
                if !task.woken.0.swap(false, Ordering::AcqRel) {
                    return true;
                }
                polled = true;
                let waker = waker(task.woken.clone());
                task.work.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
            });
            if !polled {
                break;
            }
        }
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
    }
}
