//! A store one of whose commits waits at a gate, until the test opens it.

use std::sync::{Arc, Mutex};

use futures::{
    FutureExt as _,
    channel::oneshot,
    future::{BoxFuture, Shared},
    stream::BoxStream,
};
use store::{Batch, Change, CommitError, Entry, Event, Fault, Record, Store, Version};

/// What is kept at the gate: the first commit from now on that writes such a key.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<Option<Closed>>>);

struct Closed {
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
        let (key, way) = oneshot::channel();
        *self.0.lock().unwrap() =
            Some(Closed { prefix, key: Some(key), way: way.shared(), is_waited_at: false });
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

    /// What a commit has to wait for.
    fn way(&self, batch: &Batch) -> Option<Shared<oneshot::Receiver<()>>> {
        let mut closed = self.0.lock().unwrap();
        let closed = closed.as_mut().filter(|closed| !closed.is_waited_at)?;
        let is_it = |change: &Change| matches!(change, Change::Put { key, .. } if key.starts_with(closed.prefix.as_bytes()));
        closed.is_waited_at = batch.changes().iter().any(is_it);
        closed.is_waited_at.then(|| closed.way.clone())
    }
}

struct Over {
    inner: Arc<dyn Store>,
    gate: Gate,
}

impl Store for Over {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        self.inner.get(key)
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
        let way = self.gate.way(&batch);
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
