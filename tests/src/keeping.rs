//! Where a server keeps its promises: in memory, for as long as the test runs, whoever of its processes lives.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{self, BoxFuture},
    stream::{self, BoxStream},
};
use store::{Batch, Clock, CommitError, Disk, Entry, Event, Fault, Record, Redb, Store, Version};

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
        Arc::new(Life { inner: self.0.clone(), calls, last, refused, over: AtomicBool::new(false) })
    }
}

/// The store as one process sees it, until it is killed: from then on no call ends any more.
pub struct Life {
    inner: Arc<dyn Store>,
    calls: AtomicI64,
    last: AtomicI64,
    /// How many commits are refused.
    refused: AtomicI64,
    over: AtomicBool,
}

/// As a store says it whose disk is full.
fn full() -> Fault {
    let disk = Disk::new();
    let store = Redb::open_in_memory(disk.clone(), Clock::still(std::time::UNIX_EPOCH)).expect("opens");
    disk.set_capacity(disk.size().expect("has a size"));
    // Nothing that can be packed.
    let step = |byte: &u32| Some(byte.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let bytes = std::iter::successors(Some(7_u32), step).take(2 << 20);
    let bytes: Vec<u8> = bytes.flat_map(u32::to_be_bytes).collect();
    match store.commit(Batch::new().put("k", bytes)).now_or_never() {
        Some(Err(CommitError::Fault(fault))) => fault,
        _ => panic!("a full disk keeps nothing"),
    }
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
        self.call(|| self.inner.commit(batch))
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        if self.is_over() { stream::pending().boxed() } else { self.inner.watch(prefix) }
    }
}
