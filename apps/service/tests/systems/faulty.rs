//! A store as one process sees it: it fails, or is the last thing that the process ever sees, when it is told to.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use futures::{
    FutureExt as _,
    channel::oneshot,
    future::{self, BoxFuture},
    stream::BoxStream,
};
use store::{Batch, CommitError, Entry, Event, Fault, Kind, Record, Store, Version};

/// What becomes of a commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// It is not kept, and whoever asked is told so.
    Refused,
    /// It is kept, and whoever asked is told that it was not.
    Doubtful,
    /// It is kept, and the process is killed before it hears so.
    Last,
    /// It is not kept, and the process is killed.
    Never,
}

#[derive(Default)]
struct Plan {
    commits: usize,
    at: Option<(usize, How)>,
    was_hit: bool,
    is_broken: bool,
    /// The next commit waits until it may go on.
    holds_next: bool,
    waiting: Vec<oneshot::Sender<()>>,
    /// Whoever has read this waits for his answer.
    held: Option<(String, Vec<oneshot::Sender<()>>)>,
}

/// What a test says of one process's store.
#[derive(Clone, Default)]
pub struct Faulty(Arc<(Mutex<Plan>, AtomicBool)>);

impl Faulty {
    pub fn over(&self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(Over { inner, faulty: self.clone() })
    }

    /// The commit of this number from now on, counted from one.
    pub fn at(&self, number: usize, how: How) {
        let mut plan = self.0.0.lock().unwrap();
        (plan.commits, plan.at, plan.was_hit) = (0, Some((number, how)), false);
    }

    /// From now on nothing is kept, and whoever asks is told so; or everything is again.
    pub fn breaks(&self, is_broken: bool) {
        self.0.0.lock().unwrap().is_broken = is_broken;
    }

    /// From now on what is read under this key is told later: it is what was kept when it was asked for.
    pub fn holds_answers(&self, key: &str) {
        self.0.0.lock().unwrap().held = Some((key.to_owned(), Vec::new()));
    }

    /// Everybody is told what he has asked for.
    pub fn answers(&self) {
        drop(self.0.0.lock().unwrap().held.take());
    }

    /// The next commit comes late.
    pub fn holds_next_commit(&self) {
        self.0.0.lock().unwrap().holds_next = true;
    }

    /// The commit that waits goes on.
    pub fn commits_what_waits(&self) {
        drop(std::mem::take(&mut self.0.0.lock().unwrap().waiting));
    }

    /// Whether a commit waits.
    pub fn has_waiting(&self) -> bool {
        !self.0.0.lock().unwrap().waiting.is_empty()
    }

    /// The process is killed now.
    pub fn die(&self) {
        self.0.1.store(true, Ordering::SeqCst);
    }

    /// How many commits there have been since a number was said last, or since the beginning.
    pub fn commits(&self) -> usize {
        self.0.0.lock().unwrap().commits
    }

    /// Whether there was a commit of that number.
    pub fn was_hit(&self) -> bool {
        self.0.0.lock().unwrap().was_hit
    }

    fn is_dead(&self) -> bool {
        self.0.1.load(Ordering::SeqCst)
    }

    /// Until the next commit may go on; none where it may at once.
    fn held(&self) -> Option<oneshot::Receiver<()>> {
        let mut plan = self.0.0.lock().unwrap();
        std::mem::take(&mut plan.holds_next).then(|| {
            let (sender, receiver) = oneshot::channel();
            plan.waiting.push(sender);
            receiver
        })
    }

    fn commit(&self) -> Option<How> {
        let mut plan = self.0.0.lock().unwrap();
        plan.commits += 1;
        let how = plan.at.filter(|(number, _)| *number == plan.commits).map(|(_, how)| how);
        plan.was_hit |= how.is_some();
        if plan.is_broken { Some(How::Refused) } else { how }
    }
}

struct Over {
    inner: Arc<dyn Store>,
    faulty: Faulty,
}

/// As a store says it whose disk is full.
fn broken() -> Fault {
    Fault::new(Kind::Full, "no space is left on the disk")
}

impl Store for Over {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        if self.faulty.is_dead() {
            return future::pending().boxed();
        }
        let mut plan = self.faulty.0.0.lock().unwrap();
        let held = plan.held.as_mut().filter(|(held, _)| held.as_bytes() == key).map(|(_, waiting)| {
            let (sender, receiver) = oneshot::channel();
            waiting.push(sender);
            receiver
        });
        drop(plan);
        let kept = self.inner.get(key);
        match held {
            None => kept,
            Some(told) => {
                let kept = kept.now_or_never();
                async move {
                    let _ = told.await;
                    kept.expect("a store in memory is never busy")
                }
                .boxed()
            }
        }
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        if self.faulty.is_dead() { future::pending().boxed() } else { self.inner.scan(prefix, after, limit) }
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        if self.faulty.is_dead() {
            return future::pending().boxed();
        }
        if let Some(held) = self.faulty.held() {
            return async move {
                let _ = held.await;
                self.inner.commit(batch).await
            }
            .boxed();
        }
        let refused = || CommitError::Fault(broken());
        match self.faulty.commit() {
            None => self.inner.commit(batch),
            Some(How::Refused) => future::ready(Err(refused())).boxed(),
            Some(How::Doubtful) => {
                self.inner.commit(batch).map(move |kept| kept.and_then(|_| Err(refused()))).boxed()
            }
            Some(how) => {
                self.faulty.die();
                let inner = &self.inner;
                async move {
                    if how == How::Last {
                        drop(inner.commit(batch).await);
                    }
                    future::pending().await
                }
                .boxed()
            }
        }
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        self.inner.watch(prefix)
    }
}
