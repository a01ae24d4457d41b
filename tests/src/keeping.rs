//! Where a server keeps its promises: in memory, for as long as the test runs, whoever of its processes lives.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{self, BoxFuture},
    stream::{self, BoxStream},
};
use parking_lot::Mutex;
use store::{Batch, Clock, CommitError, Disk, Entry, Event, Fault, Kind, Record, Redb, Store, Version};

/// What outlives a process.
#[derive(Clone)]
pub(crate) struct Keeping(Arc<dyn Store>);

impl Keeping {
    pub(crate) fn new(clock: Arc<dyn wire::Clock>) -> Self {
        let clock = Clock::new(move || clock.wall());
        Self(Arc::new(Redb::open_in_memory(Disk::new(), clock).expect("a store in memory")))
    }

    /// As one process sees it.
    pub(crate) fn open(&self) -> Arc<Life> {
        let (calls, last, refused) = (AtomicI64::new(0), AtomicI64::new(-1), AtomicI64::new(0));
        let (commits, plan, over) = (AtomicUsize::new(0), Mutex::default(), AtomicBool::new(false));
        Arc::new(Life { inner: self.0.clone(), calls, last, refused, commits, plan, over })
    }
}

/// The store as one process sees it, until it is killed: from then on no call ends any more.
pub struct Life {
    inner: Arc<dyn Store>,
    calls: AtomicI64,
    last: AtomicI64,
    /// How many commits are refused.
    refused: AtomicI64,
    commits: AtomicUsize,
    plan: Mutex<Option<Plan>>,
    over: AtomicBool,
}

/// What happens at a commit.
struct Plan {
    commit: usize,
    /// When it is on the disk already, and nobody has heard so.
    is_kept: bool,
    act: Box<dyn FnOnce() + Send>,
}

/// As a store says it whose disk is full.
fn full() -> Fault {
    Fault::new(Kind::Full, "no space is left on the disk")
}

impl Life {
    /// So many commits from now on are refused, as by a full disk.
    pub fn refuse(&self, commits: i64) {
        self.refused.store(commits, Ordering::Relaxed);
    }

    /// The process is killed.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// It is killed at the n-th call from now, counted from nought: the call is not made. A negative number: never.
    pub fn end_at(&self, call: i64) {
        self.last.store(call, Ordering::Relaxed);
    }

    /// This happens at the n-th commit from now, counted from nought: before it is made, or when it is kept and nobody has heard so.
    pub(crate) fn at_commit(&self, number: usize, is_kept: bool, act: Box<dyn FnOnce() + Send>) {
        let commit = self.commits.load(Ordering::Relaxed) + number;
        *self.plan.lock() = Some(Plan { commit, is_kept, act });
    }

    fn planned(&self) -> Option<Plan> {
        let number = self.commits.fetch_add(1, Ordering::Relaxed);
        self.plan.lock().take_if(|plan| plan.commit == number)
    }

    /// A commit at which something happens.
    async fn eventful(&self, batch: Batch, plan: Plan) -> Result<Version, CommitError> {
        let Plan { is_kept, act, .. } = plan;
        let kept = if is_kept { Some(self.inner.commit(batch.clone()).await) } else { None };
        act();
        match kept {
            _ if self.is_over() => future::pending().await,
            Some(kept) => kept,
            None => self.inner.commit(batch).await,
        }
    }

    /// Whether it has been killed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> i64 {
        self.calls.load(Ordering::Relaxed)
    }

    fn call<'f, T: Send + 'f>(&self, call: impl FnOnce() -> BoxFuture<'f, T>) -> BoxFuture<'f, T> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.last.fetch_sub(1, Ordering::Relaxed) == 0 {
            self.end();
        }
        if self.is_over() { future::pending().boxed() } else { call() }
    }
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Life").field("calls", &self.calls).finish_non_exhaustive()
    }
}

impl Store for Life {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        let key = key.to_vec();
        self.call(|| async move { self.inner.get(&key).await }.boxed())
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        let (prefix, after) = (prefix.to_vec(), after.map(<[u8]>::to_vec));
        self.call(|| async move { self.inner.scan(&prefix, after.as_deref(), limit).await }.boxed())
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        if self.refused.fetch_sub(1, Ordering::Relaxed) > 0 {
            return future::ready(Err(CommitError::Fault(full()))).boxed();
        }
        match self.planned() {
            Some(plan) => self.call(|| self.eventful(batch, plan).boxed()),
            None => self.call(|| self.inner.commit(batch)),
        }
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        if self.is_over() { stream::pending().boxed() } else { self.inner.watch(prefix) }
    }
}
