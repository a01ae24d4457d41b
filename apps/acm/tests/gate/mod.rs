//! A store one of whose calls waits at a gate, until the test opens it.

use std::sync::{Arc, Mutex};

use futures::{
    FutureExt as _,
    channel::oneshot,
    future::{BoxFuture, Shared},
    stream::BoxStream,
};
use store::{Batch, Change, CommitError, Entry, Event, Fault, Record, Store, Version};

/// What is kept at the gate: the first call of a kind from now on that is about such a key.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<Option<Closed>>>);

/// What is done with the key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Reads,
    Writes,
    /// And writes nothing.
    Deletes,
}

struct Closed {
    call: Call,
    prefix: &'static str,
    key: Option<oneshot::Sender<()>>,
    way: Shared<oneshot::Receiver<()>>,
    is_waited_at: bool,
}

impl Gate {
    pub fn over(&self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(Over { inner, gate: self.clone() })
    }

    /// The next commit that writes a key under this prefix waits.
    pub fn close(&self, prefix: &'static str) {
        self.close_to(Call::Writes, prefix);
    }

    /// Whoever reads a key under this prefix next waits before it is read.
    #[allow(dead_code, reason = "not every test that has a gate keeps readers at it")]
    pub fn close_to_readers(&self, prefix: &'static str) {
        self.close_to(Call::Reads, prefix);
    }

    /// The next commit that does nothing but delete, and deletes a key under this prefix, waits.
    #[allow(dead_code, reason = "not every test that has a gate keeps deletions at it")]
    pub fn close_to_deletions(&self, prefix: &'static str) {
        self.close_to(Call::Deletes, prefix);
    }

    fn close_to(&self, call: Call, prefix: &'static str) {
        let (key, way) = oneshot::channel();
        *self.0.lock().unwrap() =
            Some(Closed { call, prefix, key: Some(key), way: way.shared(), is_waited_at: false });
    }

    /// Whether one has come to it.
    pub fn is_waited_at(&self) -> bool {
        self.0.lock().unwrap().as_ref().is_some_and(|closed| closed.is_waited_at)
    }

    pub fn open(&self) {
        if let Some(key) = self.0.lock().unwrap().as_mut().and_then(|closed| closed.key.take()) {
            key.send(()).unwrap();
        }
    }

    /// What a call has to wait for that is about these keys.
    fn way<'k>(
        &self,
        call: Call,
        keys: impl IntoIterator<Item = &'k [u8]>,
    ) -> Option<Shared<oneshot::Receiver<()>>> {
        let mut closed = self.0.lock().unwrap();
        let closed = closed.as_mut().filter(|closed| closed.call == call && !closed.is_waited_at)?;
        closed.is_waited_at = keys.into_iter().any(|key| key.starts_with(closed.prefix.as_bytes()));
        closed.is_waited_at.then(|| closed.way.clone())
    }

    fn way_of(&self, batch: &Batch) -> Option<Shared<oneshot::Receiver<()>>> {
        let is_put = |change: &&Change| matches!(change, Change::Put { .. });
        let keys = |change: &'_ Change| change.key().clone();
        let written: Vec<_> = batch.changes().iter().filter(is_put).map(keys).collect();
        if !written.is_empty() {
            return self.way(Call::Writes, written.iter().map(|key| &key[..]));
        }
        let deleted: Vec<_> = batch.changes().iter().map(keys).collect();
        self.way(Call::Deletes, deleted.iter().map(|key| &key[..]))
    }
}

struct Over {
    inner: Arc<dyn Store>,
    gate: Gate,
}

impl Store for Over {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        let (way, key) = (self.gate.way(Call::Reads, [key]), key.to_vec());
        async move {
            if let Some(way) = way {
                way.await.unwrap();
            }
            self.inner.get(&key).await
        }
        .boxed()
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        self.inner.scan(prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        let way = self.gate.way_of(&batch);
        async move {
            if let Some(way) = way {
                way.await.unwrap();
            }
            self.inner.commit(batch).await
        }
        .boxed()
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        self.inner.watch(prefix)
    }
}
