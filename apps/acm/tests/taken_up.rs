//! What an ACM server reads when it begins: what is open, and nothing of what has ended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use std::sync::{Arc, Mutex};

use acm::case::Stage;
use futures::{FutureExt as _, future::BoxFuture, stream::BoxStream};
use store::{Batch, CommitError, Entry, Event, Fault, Record, Store, Version};
use systems::*;

/// The keys of all records that were read, in order.
#[derive(Clone, Default)]
struct Reads(Arc<Mutex<Vec<String>>>);

impl Reads {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Over {
    inner: Arc<dyn Store>,
    reads: Reads,
}

fn text(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

impl Store for Over {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        self.reads.0.lock().unwrap().push(text(key));
        self.inner.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        let (found, reads) = (self.inner.scan(prefix, after, limit), self.reads.clone());
        let noted = found.inspect(move |found| {
            let entries = found.iter().flatten();
            reads.0.lock().unwrap().extend(entries.map(|entry| text(&entry.key)));
        });
        noted.boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        self.inner.commit(batch)
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        self.inner.watch(prefix)
    }
}

/// However many have ended: it is the open ones whose number decides how long a restart takes.
#[test]
fn ts23280_10_17_after_a_restart_open_requests_are_taken_up_and_nothing_that_has_ended_is_read() {
    let reads = Reads::default();
    let world = World::over(&|_, inner| Arc::new(Over { inner, reads: reads.clone() }));
    world.logs_on(A, ASKER);
    for number in 0..20 {
        let asked = provision(&format!("ended-{number}"));
        assert_eq!(world.says(A, ASKER, &asked), (200, None));
        world.lab.run();
        assert_eq!(world.says(B, DECIDER, &yes(&asked)), (200, None));
        world.lab.run();
    }
    let last = world.asked("ended-19").unwrap();
    assert_eq!((last.stage, last.is_told), (Stage::Answered, true));
    world.way(B, Way::Down);
    assert_eq!(world.says(A, ASKER, &provision("open-1")), (200, None));
    assert_eq!(world.between(A, B, &provision("open-2")), (200, None));
    world.lab.run();
    for system in [A, B] {
        reads.take();
        let _other = world.second(system);
        world.lab.run();
        let read = reads.take();
        let is_open = |key: &String| key.starts_with("acm/letter/") || key.ends_with("/open-1");
        assert_eq!(read.iter().any(is_open), system == A, "what is open is taken up");
        // What is kept of how it ended, and where it is listed, holds its name or comes under one of these.
        let of_ended = |key: &&String| {
            key.contains("ended-") || key.starts_with("acm/by/") || key.starts_with("acm/closed/")
        };
        assert_eq!(read.iter().filter(of_ended).collect::<Vec<_>>(), Vec::<&String>::new(), "{system}");
        world.seconds(300);
        let read = reads.take();
        assert_eq!(
            read.iter().filter(of_ended).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{system}, later"
        );
    }
}
