//! A process, as far as it can end: whatever it does stops at once, and nothing of it is finished.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use futures::{
    FutureExt as _,
    future::{AbortHandle, Abortable},
};
use wire::{BoxFuture, Tasks};

/// One life of a process.
#[derive(Default)]
pub struct Life {
    is_over: AtomicBool,
    works: Mutex<Vec<AbortHandle>>,
}

impl Life {
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// As if killed.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.works.lock().unwrap().drain(..).for_each(|work| work.abort());
    }

    /// Work of this process: nothing comes of it where the process ends before.
    pub fn guard<T: Send + 'static>(&self, work: BoxFuture<'static, T>) -> BoxFuture<'static, Option<T>> {
        let (handle, registration) = AbortHandle::new_pair();
        if self.is_over() {
            handle.abort();
        } else {
            self.works.lock().unwrap().push(handle);
        }
        Abortable::new(work, registration).map(Result::ok).boxed()
    }
}

/// The tasks of one process.
pub struct Mortal {
    pub tasks: Arc<dyn Tasks>,
    pub life: Arc<Life>,
}

impl Tasks for Mortal {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        self.tasks.spawn(self.life.guard(work).map(drop).boxed());
    }
}
