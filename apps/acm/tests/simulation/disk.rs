//! What a server keeps: records in memory that outlive its processes. Each call takes a moment, so that others come between; a
//! process can be made to end just before one of its commits, or just after.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Bound,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering},
    },
};

use bytes::Bytes;
use futures::{
    FutureExt as _,
    future::{self, BoxFuture},
    stream::{self, BoxStream, StreamExt as _},
};
use store::{Batch, Change, CommitError, Conflict, Entry, Event, Fault, Record, Store, Version};
use wire::Clock;

use super::{chance::Chance, fault::Fault as Broken, life::Life, log, stages::Step};

/// The records, and what was seen to be wrong with a change of them.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<Content>>);

#[derive(Default)]
pub struct Content {
    pub records: BTreeMap<Bytes, Record>,
    version: u64,
    /// Changes that no case may undergo.
    pub wrong: Vec<String>,
    /// The keys of cases that had ended on the way to the partner, for all that was known: such a one may arrive all the same, and late.
    pub presumed: BTreeSet<Bytes>,
    /// Entries of the audit log that have been kept, wherever they are now.
    pub entries: u64,
    /// The keys of cases in the order in which what was approved of them had been done, or had come to nothing.
    pub done: Vec<Bytes>,
    /// What this store does not do as a store has to.
    broken: Option<Broken>,
    /// What stood where the last commits have written, the newest last.
    before: VecDeque<Vec<(Bytes, Option<Record>)>>,
}

/// So many commits are not on the disk yet where one is acknowledged before it is.
const BEHIND: usize = 3;

impl Content {
    /// What is to be known of a case's change.
    fn takes(&mut self, step: &Step<'_>, key: &Bytes, entries: &[&str]) {
        self.wrong.extend(step.wrong());
        self.wrong.extend(log::missing(step, entries));
        if step.is_done() {
            self.done.push(key.clone());
        }
        if step.is_presumed() {
            self.presumed.insert(key.clone());
        }
    }
}

impl Disk {
    /// A disk with this fault, if with one.
    pub fn of(broken: Option<Broken>) -> Self {
        Self(Arc::new(Mutex::new(Content { broken, ..Content::default() })))
    }

    /// A process has ended: what was acknowledged too early is gone.
    pub fn is_left(&self) {
        let mut content = self.content();
        if content.broken == Some(Broken::EarlyWord) {
            while let Some(before) = content.before.pop_back() {
                for (key, record) in before {
                    match record {
                        Some(record) => drop(content.records.insert(key, record)),
                        None => drop(content.records.remove(&key)),
                    }
                }
            }
        }
        content.before.clear();
    }

    pub fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap()
    }

    /// The rest of each key under a prefix.
    pub fn under(&self, prefix: &str) -> Vec<String> {
        let content = self.content();
        let keys =
            content.records.keys().filter_map(|key| std::str::from_utf8(key).ok()?.strip_prefix(prefix));
        keys.map(ToOwned::to_owned).collect()
    }
}

/// The disk as one process sees it.
#[derive(Clone)]
pub struct Kept {
    pub disk: Disk,
    pub life: Arc<Life>,
    pub clock: Arc<dyn Clock>,
    pub chance: Chance,
    pub death: Arc<Death>,
}

/// When the process ends by itself: after so many commits; before the last of them where `is_before`.
pub struct Death {
    left: AtomicI64,
    pub is_before: bool,
}

impl Death {
    pub fn never() -> Arc<Self> {
        Self::at(i64::MAX, false)
    }

    pub fn at(commit: i64, is_before: bool) -> Arc<Self> {
        Arc::new(Self { left: AtomicI64::new(commit), is_before })
    }

    /// From now on it does not end by itself.
    pub fn disarm(&self) {
        self.left.store(i64::MAX, Ordering::SeqCst);
    }

    fn is_now(&self) -> bool {
        self.left.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

impl Kept {
    /// Sometimes others are served first.
    fn moment(&self) -> BoxFuture<'static, ()> {
        if self.chance.one_in(3) {
            self.clock.sleep(self.chance.millis(1, 40))
        } else {
            future::ready(()).boxed()
        }
    }

    fn is_there(&self, record: &Record) -> bool {
        record.expires.is_none_or(|until| until > self.clock.wall())
    }

    fn write(&self, batch: &Batch) -> Result<Version, CommitError> {
        let mut content = self.disk.content();
        let broken = content.broken;
        for each in batch.preconditions().iter().filter(|_| broken != Some(Broken::NoConditions)) {
            let found = content.records.get(&each.key).filter(|record| self.is_there(record));
            if !each.holds(found.map(|record| record.version)) {
                return Err(Conflict { key: each.key.clone() }.into());
            }
        }
        content.version += 1;
        let version = Version(content.version);
        let before = batch.changes().iter().map(|change| {
            let (Change::Put { key, .. } | Change::Delete { key }) = change;
            (key.clone(), content.records.get(key).cloned())
        });
        let before = before.collect();
        content.before.push_back(before);
        if content.before.len() > BEHIND {
            content.before.pop_front();
        }
        let is_lost = |change: &&Change| {
            broken.is_some_and(|broken| broken.drops(change) && self.chance.one_in(broken.share()))
        };
        let kept: Vec<_> = batch.changes().iter().filter(|change| !is_lost(change)).collect();
        let entries = log::entries(&kept);
        content.entries += entries.len() as u64;
        for change in kept {
            match change.clone() {
                Change::Put { key, value, expires } => {
                    let before = content.records.get(&key).map(|record| record.value.clone());
                    if let Some(step) = Step::read(&key, before.as_deref(), &value) {
                        content.takes(&step, &key, &entries);
                    }
                    content.records.insert(key, Record { value, version, expires });
                }
                Change::Delete { key } => drop(content.records.remove(&key)),
            }
        }
        Ok(version)
    }
}

impl Store for Kept {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        let key = Bytes::copy_from_slice(key);
        async move {
            self.moment().await;
            Ok(self.disk.content().records.get(&key).filter(|record| self.is_there(record)).cloned())
        }
        .boxed()
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        let prefix = Bytes::copy_from_slice(prefix);
        let start = match after {
            Some(after) => Bound::Excluded(Bytes::copy_from_slice(after)),
            None => Bound::Included(prefix.clone()),
        };
        async move {
            self.moment().await;
            let content = self.disk.content();
            let under = content.records.range::<Bytes, _>((start, Bound::Unbounded));
            let under = under.take_while(|(key, _)| key.starts_with(&prefix));
            let there = under.filter(|(_, record)| self.is_there(record)).take(limit);
            Ok(there.map(|(key, record)| Entry { key: key.clone(), record: record.clone() }).collect())
        }
        .boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        async move {
            self.moment().await;
            let is_last = self.death.is_now();
            if is_last && self.death.is_before {
                self.life.end();
            }
            if self.life.is_over() {
                return future::pending().await;
            }
            let written = self.write(&batch);
            if is_last {
                self.life.end();
                return future::pending().await;
            }
            self.moment().await;
            written
        }
        .boxed()
    }

    fn watch(&self, _: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        stream::pending().boxed()
    }
}
