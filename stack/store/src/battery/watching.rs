//! Changes, as they are told.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{
    executor::block_on,
    future::join_all,
    stream::{BoxStream, StreamExt},
};

use super::{Test, commit, get, keys};
use crate::{Batch, Event, Fault, Happened, Kind, Store, Version};

pub(super) const TESTS: &[(&str, Test)] = &[
    ("who watches is told of what is put and deleted", puts_and_deletions),
    ("who watches a prefix is told of nothing else", prefix),
    ("the events of a batch share its version, and a key has one", whole_batches),
    ("deleting nothing and refused batches are no events", no_events),
    ("each watcher is told", several_watchers),
    ("what is told of is found by reading", told_is_found),
    ("no change after the watch began is missed, whoever makes it, and versions ascend", nothing_is_missed),
    ("a watcher that does not fetch is told that it lags, and goes on", lagging),
];

type Stream = BoxStream<'static, Result<Event, Fault>>;

fn puts_and_deletions(store: &dyn Store) {
    commit(store, Batch::new().put("before", ""));
    let mut stream = watch(store, "");
    let put = commit(store, Batch::new().put("a", "1"));
    let again = commit(store, Batch::new().put("a", "2"));
    let deleted = commit(store, Batch::new().delete("a"));
    assert_eq!(next(&mut stream), event("a", put, Happened::Put));
    assert_eq!(next(&mut stream), event("a", again, Happened::Put));
    assert_eq!(next(&mut stream), event("a", deleted, Happened::Deleted));
}

fn prefix(store: &dyn Store) {
    let mut stream = watch(store, "case/");
    commit(store, Batch::new().put("case", "").put("casf", ""));
    let version = commit(store, Batch::new().put("case/1", ""));
    assert_eq!(next(&mut stream), event("case/1", version, Happened::Put));
}

fn whole_batches(store: &dyn Store) {
    commit(store, Batch::new().put("b", "1"));
    let mut stream = watch(store, "");
    let version = commit(store, Batch::new().put("c", "1").put("a", "1").delete("b").put("a", "2"));
    let mut seen: Vec<Event> = (0..3).map(|_| next(&mut stream)).collect();
    seen.sort_by(|one, other| one.key.cmp(&other.key));
    let expected = [("a", Happened::Put), ("b", Happened::Deleted), ("c", Happened::Put)];
    assert_eq!(seen, expected.map(|(key, change)| event(key, version, change)));
}

fn no_events(store: &dyn Store) {
    let mut stream = watch(store, "");
    commit(store, Batch::new().delete("nothing"));
    block_on(store.commit(Batch::new().expect_version("a", Version(1)).put("a", "1"))).unwrap_err();
    commit(store, Batch::new().put("new", "").delete("new"));
    let version = commit(store, Batch::new().put("b", "1"));
    assert_eq!(next(&mut stream), event("b", version, Happened::Put));
}

fn several_watchers(store: &dyn Store) {
    let mut streams = [watch(store, ""), watch(store, "a"), watch(store, "")];
    let version = commit(store, Batch::new().put("a", "1"));
    for stream in &mut streams {
        assert_eq!(next(stream), event("a", version, Happened::Put));
    }
}

fn told_is_found(store: &dyn Store) {
    let mut stream = watch(store, "");
    let commits: Vec<_> =
        (0..20).map(|number| store.commit(Batch::new().put(format!("{number}"), ""))).collect();
    for _ in 0..20 {
        let event = next(&mut stream);
        let key = std::str::from_utf8(&event.key).unwrap();
        assert_eq!(get(store, key).map(|record| record.version), Some(event.version));
    }
    assert!(block_on(join_all(commits)).iter().all(Result::is_ok));
}

fn nothing_is_missed(store: &dyn Store) {
    let mut stream = watch(store, "");
    let commits = (0..200).map(|number| {
        store.commit(Batch::new().put(format!("{}", number % 50), "").put(format!("other/{number}"), ""))
    });
    let versions = block_on(join_all(commits)).into_iter().map(Result::unwrap);
    let mut expected: BTreeMap<Version, usize> = versions.map(|version| (version, 2)).collect();
    let mut last = Version(0);
    while !expected.is_empty() {
        let Event { version, .. } = next(&mut stream);
        assert!(version >= last, "{version} after {last}");
        last = version;
        let left = expected.get_mut(&version).expect("an event of one of the commits");
        *left -= 1;
        if *left == 0 {
            expected.remove(&version);
        }
    }
}

fn lagging(store: &dyn Store) {
    let (mut slow, mut quick) = (watch(store, ""), watch(store, ""));
    let batches = (0..50).map(|batch| {
        let puts = (0..200).fold(Batch::new(), |puts, put| puts.put(format!("{batch}/{put}"), ""));
        store.commit(puts)
    });
    assert!(block_on(join_all(batches)).iter().all(Result::is_ok));
    // As many as no watcher is spared for have been told once another has seen them, or lags itself.
    let told = (0..10_000).all(|_| next_or_lag(&mut quick).is_some());
    assert_eq!(block_on(slow.next()).unwrap().map_err(|fault| fault.kind()), Err(Kind::Lagged), "{told}");
    assert_eq!(keys(store, "", None, usize::MAX).len(), 10_000);
    let mut after = commit(store, Batch::new().put("after", ""));
    loop {
        match next_or_lag(&mut slow) {
            Some(told) if told == event("after", after, Happened::Put) => break,
            Some(_) => {}
            // What was still being told of the batches may have been too much again, and this one missed with the rest.
            None => after = commit(store, Batch::new().put("after", "")),
        }
    }
}

fn watch(store: &dyn Store, prefix: &str) -> Stream {
    store.watch(prefix.as_bytes())
}

fn next(stream: &mut Stream) -> Event {
    block_on(stream.next()).expect("the stream goes on").unwrap()
}

fn next_or_lag(stream: &mut Stream) -> Option<Event> {
    block_on(stream.next()).expect("the stream goes on").ok()
}

fn event(key: &'static str, version: Version, change: Happened) -> Event {
    Event { key: Bytes::from(key), version, change }
}
