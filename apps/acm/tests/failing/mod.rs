//! A store that fails when it is told to.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use futures::{FutureExt as _, future::BoxFuture, stream::BoxStream};
use store::{Batch, CommitError, Entry, Event, Fault, Kind, Record, Store, Version};

#[derive(Default)]
struct Plan {
    calls: AtomicUsize,
    commits: AtomicUsize,
    /// The call that fails; 0: none.
    call: AtomicUsize,
    /// The commit from which on all calls fail; 0: none.
    commit: AtomicUsize,
    /// Whether that one is kept all the same, and only its answer is lost.
    is_kept: AtomicBool,
    has_failed: AtomicBool,
}

/// What fails.
#[derive(Clone, Default)]
pub struct Failing(Arc<Plan>);

impl Failing {
    pub fn over(&self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(Over { inner, plan: Arc::clone(&self.0) })
    }

    /// The call of this number from now on fails.
    pub fn at(&self, number: usize) {
        self.0.calls.store(0, Ordering::SeqCst);
        self.0.call.store(number, Ordering::SeqCst);
    }

    /// Everything fails from this commit on.
    pub fn die_at_commit(&self, number: usize) {
        self.0.commits.store(0, Ordering::SeqCst);
        self.0.is_kept.store(false, Ordering::SeqCst);
        self.0.commit.store(number, Ordering::SeqCst);
    }

    /// This commit is kept, and everything fails from its answer on.
    pub fn die_after_commit(&self, number: usize) {
        self.die_at_commit(number);
        self.0.is_kept.store(true, Ordering::SeqCst);
    }

    pub fn never(&self) {
        self.0.call.store(0, Ordering::SeqCst);
        self.0.commit.store(0, Ordering::SeqCst);
    }

    pub fn has_failed(&self) -> bool {
        self.0.has_failed.load(Ordering::SeqCst)
    }
}

impl Plan {
    fn call(&self, is_commit: bool) -> Result<(), Fault> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let commits =
            self.commits.fetch_add(usize::from(is_commit), Ordering::SeqCst) + usize::from(is_commit);
        let is_over = match self.commit.load(Ordering::SeqCst) {
            0 => false,
            from => commits >= from,
        };
        if number == self.call.load(Ordering::SeqCst) || is_over {
            self.has_failed.store(true, Ordering::SeqCst);
            return Err(broken());
        }
        Ok(())
    }
}

impl Plan {
    /// Whether the commit that was just counted is the last that is kept.
    fn keeps_this(&self) -> bool {
        let (commits, last) = (self.commits.load(Ordering::SeqCst), self.commit.load(Ordering::SeqCst));
        self.is_kept.load(Ordering::SeqCst) && commits == last
    }
}

/// As a store says it whose disk is full.
fn broken() -> Fault {
    Fault::new(Kind::Full, "no space is left on the disk")
}

struct Over {
    inner: Arc<dyn Store>,
    plan: Arc<Plan>,
}

impl Store for Over {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        match self.plan.call(false) {
            Ok(()) => self.inner.get(key),
            Err(fault) => futures::future::ready(Err(fault)).boxed(),
        }
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        match self.plan.call(false) {
            Ok(()) => self.inner.scan(prefix, after, limit),
            Err(fault) => futures::future::ready(Err(fault)).boxed(),
        }
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        match self.plan.call(true) {
            Ok(()) => self.inner.commit(batch),
            Err(fault) if self.plan.keeps_this() => {
                let kept = self.inner.commit(batch);
                kept.map(move |_| Err(CommitError::Fault(fault))).boxed()
            }
            Err(fault) => futures::future::ready(Err(CommitError::Fault(fault))).boxed(),
        }
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        self.inner.watch(prefix)
    }
}
