//! What a watch of the store does not tell is found by reading.

use futures::{
    StreamExt as _,
    channel::oneshot,
    executor::block_on,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use store::{Batch, CommitError, Entry, Event, Fault, Record, Version};

use super::*;

/// Its first watch over subscriptions tells nothing, and ends when the test says so.
struct Deaf {
    store: Arc<dyn Store>,
    ends: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Store for Deaf {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        self.store.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        self.store.scan(prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        self.store.commit(batch)
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        let deaf = prefix.starts_with(b"events/").then(|| self.ends.lock().unwrap().take()).flatten();
        match deaf {
            Some(ends) => stream::once(ends).filter_map(|_| async { None }).boxed(),
            None => self.store.watch(prefix),
        }
    }
}

#[test]
fn a_subscription_that_another_replica_took_while_the_watch_failed_is_told_here_no_more() {
    let (end, ends) = oneshot::channel();
    let world = World::over(Arc::new(Deaf { store: in_memory(), ends: Mutex::new(Some(ends)) }));
    world.put(LIST, &["one"]);
    world.subscribe("no-patching", &[LIST]);
    assert_eq!(world.heard().len(), 1);
    let kept = block_on(world.store.scan(b"events/", None, 10)).unwrap().remove(0);
    let mut record: serde_json::Value = serde_json::from_slice(&kept.record.value).unwrap();
    record["owner"] = "two".into();
    let taken = Batch::new().put(kept.key, serde_json::to_vec(&record).unwrap());
    block_on(world.store.commit(taken)).unwrap();
    world.lab.run();
    world.put(LIST, &["one", "two"]);
    assert_eq!(world.heard().len(), 1, "nobody has said so yet");
    end.send(()).unwrap();
    world.lab.advance(Duration::from_secs(1));
    world.put(LIST, &["one", "two", "three"]);
    assert_eq!(world.heard(), [""; 0]);
}
