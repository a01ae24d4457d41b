//! A store that fails, or dies, when the test says so.

use std::sync::{
    Arc, LazyLock, Mutex,
    atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
};

use futures::{
    FutureExt as _, StreamExt as _,
    channel::oneshot,
    future::{self, BoxFuture},
    stream::{self, BoxStream},
};
use store::{Batch, Change, Clock, CommitError, Disk, Entry, Event, Fault, Record, Redb, Store, Version};

pub struct Switch {
    inner: Arc<dyn Store>,
    /// The call that fails, counted down; none of them while it is negative.
    countdown: AtomicI64,
    /// The same, of the call at which it dies.
    last: AtomicI64,
    /// How many calls there were.
    calls: AtomicI64,
    /// How many records were read.
    records: Arc<AtomicUsize>,
    dead: AtomicBool,
    fault: Fault,
    rival: Mutex<Option<Rival>>,
    /// What commits wait for, where they do.
    held: Mutex<Option<Vec<oneshot::Sender<()>>>>,
}

/// What somebody else commits first, before a commit that puts a key that begins so.
struct Rival {
    prefix: &'static str,
    batch: Batch,
}

impl Switch {
    pub fn new(inner: Arc<dyn Store>) -> Self {
        let (countdown, last, calls) = (AtomicI64::new(-1), AtomicI64::new(-1), AtomicI64::new(0));
        Self {
            inner,
            countdown,
            last,
            calls,
            records: Arc::default(),
            dead: AtomicBool::new(false),
            fault: full(),
            rival: Mutex::default(),
            held: Mutex::default(),
        }
    }

    /// From now on commits wait.
    pub fn hold(&self) {
        *self.held.lock().expect("lock") = Some(Vec::new());
    }

    /// Those that wait are made, and the rest waits no more.
    pub fn release(&self) {
        let held = self.held.lock().expect("lock").take();
        for each in held.into_iter().flatten() {
            // Whoever waited may have gone.
            let _ = each.send(());
        }
    }

    /// Those that wait fail, and the rest waits no more.
    pub fn refuse(&self) {
        self.held.lock().expect("lock").take();
    }

    fn turn_to_commit(&self) -> Option<oneshot::Receiver<()>> {
        let mut held = self.held.lock().expect("lock");
        let (release, released) = oneshot::channel();
        held.as_mut()?.push(release);
        Some(released)
    }

    /// The n-th call from now fails, counted from nought.
    pub fn fail_at(&self, n: i64) {
        self.countdown.store(n, Ordering::Relaxed);
    }

    /// At the n-th call from now, counted from nought, it dies: the call is not made, and none ends any more.
    pub fn die_at(&self, n: i64) {
        self.last.store(n, Ordering::Relaxed);
    }

    /// Whether the call that [`Switch::fail_at`] was told has been made.
    pub fn has_failed(&self) -> bool {
        self.countdown.load(Ordering::Relaxed) < 0
    }

    pub fn calls(&self) -> i64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many records were read so far, one by one or by scans.
    pub fn records(&self) -> usize {
        self.records.load(Ordering::Relaxed)
    }

    /// Before the next commit that puts a key with this prefix somebody else commits this.
    pub fn overtake(&self, prefix: &'static str, batch: Batch) {
        *self.rival.lock().expect("lock") = Some(Rival { prefix, batch });
    }

    fn overtaken(&self, batch: &Batch) {
        let puts = |prefix: &str| {
            let keys = batch.changes().iter().map(|change| match change {
                Change::Put { key, .. } | Change::Delete { key } => key,
            });
            keys.into_iter().any(|key| key.starts_with(prefix.as_bytes()))
        };
        let rival = self.rival.lock().expect("lock").take_if(|rival| puts(rival.prefix));
        if let Some(rival) = rival {
            let committed = self.inner.commit(rival.batch).now_or_never().expect("at once");
            committed.expect("committed");
        }
    }

    /// From now on no call ever ends: whoever makes one is as good as killed.
    pub fn kill(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }

    pub fn is_killed(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    fn turn(&self) -> Result<(), Fault> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.countdown.fetch_sub(1, Ordering::Relaxed) == 0 { Err(self.fault.clone()) } else { Ok(()) }
    }

    fn is_dead(&self) -> bool {
        if self.last.fetch_sub(1, Ordering::Relaxed) == 0 {
            self.kill();
        }
        self.dead.load(Ordering::Relaxed)
    }
}

/// What an engine says when there is no space left. To fill a disk takes longer than all that a test does besides.
fn full() -> Fault {
    static FULL: LazyLock<Fault> = LazyLock::new(|| {
        let disk = Disk::new();
        let store = Redb::open_in_memory(disk.clone(), Clock::still(std::time::UNIX_EPOCH)).expect("opens");
        disk.set_capacity(disk.size().expect("has a size"));
        let batch = Batch::new().put(vec![0; 8 << 20], "");
        match store.commit(batch).now_or_never() {
            Some(Err(CommitError::Fault(fault))) => fault,
            other => panic!("a full disk took {other:?}"),
        }
    });
    FULL.clone()
}

impl Store for Switch {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        if self.is_dead() {
            return future::pending().boxed();
        }
        match self.turn() {
            Ok(()) => {
                self.records.fetch_add(1, Ordering::Relaxed);
                self.inner.get(key)
            }
            Err(fault) => future::ready(Err(fault)).boxed(),
        }
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        if self.is_dead() {
            return future::pending().boxed();
        }
        match self.turn() {
            Ok(()) => {
                let records = Arc::clone(&self.records);
                let count = move |found: &Result<Vec<Entry>, Fault>| {
                    records.fetch_add(found.as_ref().map_or(0, Vec::len), Ordering::Relaxed);
                };
                self.inner.scan(prefix, after, limit).inspect(count).boxed()
            }
            Err(fault) => future::ready(Err(fault)).boxed(),
        }
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        if self.is_dead() {
            return future::pending().boxed();
        }
        match self.turn() {
            Ok(()) => {
                self.overtaken(&batch);
                match self.turn_to_commit() {
                    Some(released) => released
                        .then(move |told| match told {
                            Ok(()) => self.inner.commit(batch),
                            Err(_) => future::ready(Err(self.fault.clone().into())).boxed(),
                        })
                        .boxed(),
                    None => self.inner.commit(batch),
                }
            }
            Err(fault) => future::ready(Err(fault.into())).boxed(),
        }
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        if self.is_killed() { stream::pending().boxed() } else { self.inner.watch(prefix) }
    }
}
