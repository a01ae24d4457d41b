//! What a store must do, as tests that every engine passes.
//!
//! An engine's own tests call [`run`] with a way to make an empty store. A test here knows the trait and nothing else.
//! What is particular to an engine (its file, its thread, its faults) is tested beside the engine.

use std::sync::Arc;

use bytes::Bytes;
use futures::{
    executor::block_on,
    future::{join_all, select_all},
};

use crate::{Batch, CommitError, Entry, Record, Store, Version};

type Test = fn(&dyn Store);

const TESTS: &[(&str, Test)] = &[
    ("a key that was never put has no record", never_put),
    ("a record is found as it was put, with the version of its commit", put_and_get),
    ("any bytes are a key, any bytes are a value", any_bytes),
    ("putting again replaces the value and raises the version", put_again),
    ("all records of a batch have one version", one_version),
    ("of several changes to a key in one batch the last counts", last_change_counts),
    ("a deleted record is gone, and deleting nothing is no error", delete),
    ("a version is never given twice, not even after a deletion", versions_are_never_given_twice),
    ("a batch that expects absence is refused where there is a record", expect_absent),
    ("a batch that expects a version is refused where there is another", expect_version),
    ("a batch that expects a version is refused where there is no record", expect_version_of_nothing),
    ("a refused batch names the key and changes nothing", conflict_changes_nothing),
    ("preconditions look at what was before the batch", preconditions_look_before),
    ("a precondition may be on a key that the batch does not change", precondition_elsewhere),
    ("of many writers who read the same version one succeeds", one_writer_wins),
    ("counting under contention loses no count", no_count_is_lost),
    ("a commit goes on when its future is dropped", dropped_future),
    ("a scan gives the records under the prefix and no other, in order", scan),
    ("the empty prefix is everything", scan_everything),
    ("a prefix of bytes 0xff has an end", scan_to_the_end),
    ("a scan reads on after a key", scan_in_pages),
    ("a scan sees a batch whole or not at all", scan_sees_whole_batches),
];

/// Runs every test on a store of its own.
pub(crate) fn run<S: Store>(mut fresh: impl FnMut() -> S) {
    for (name, test) in TESTS {
        // Shown when the test fails.
        println!("{name}");
        test(&fresh());
    }
}

fn never_put(store: &dyn Store) {
    assert_eq!(get(store, "a"), None);
}

fn put_and_get(store: &dyn Store) {
    let version = commit(store, Batch::new().put("a", "1"));
    assert_eq!(get(store, "a"), Some(Record { value: Bytes::from("1"), version }));
    assert!(version > Version(0));
}

fn any_bytes(store: &dyn Store) {
    let all: Vec<u8> = (0..=255).collect();
    commit(store, Batch::new().put(all.clone(), all.clone()).put("", "of the empty key").put("empty", ""));
    let value = |key: &[u8]| block_on(store.get(key)).unwrap().unwrap().value;
    assert_eq!(value(&all), all);
    assert_eq!(value(b""), "of the empty key");
    assert_eq!(value(b"empty"), "");
}

fn put_again(store: &dyn Store) {
    let first = commit(store, Batch::new().put("a", "1"));
    let second = commit(store, Batch::new().put("a", "2"));
    assert!(second > first);
    assert_eq!(get(store, "a"), Some(Record { value: Bytes::from("2"), version: second }));
}

fn one_version(store: &dyn Store) {
    let version = commit(store, Batch::new().put("a", "1").put("b", "2"));
    assert_eq!(version_of(store, "a"), Some(version));
    assert_eq!(version_of(store, "b"), Some(version));
}

fn last_change_counts(store: &dyn Store) {
    commit(
        store,
        Batch::new().put("a", "1").delete("a").put("b", "1").put("b", "2").delete("c").put("c", "3"),
    );
    assert_eq!(get(store, "a"), None);
    assert_eq!(value_of(store, "b"), "2");
    assert_eq!(value_of(store, "c"), "3");
}

fn delete(store: &dyn Store) {
    commit(store, Batch::new().put("a", "1").put("b", "2"));
    commit(store, Batch::new().delete("a").delete("nothing"));
    assert_eq!(get(store, "a"), None);
    assert_eq!(value_of(store, "b"), "2");
}

fn versions_are_never_given_twice(store: &dyn Store) {
    let put = || commit(store, Batch::new().put("a", "1"));
    let delete = || commit(store, Batch::new().delete("a"));
    let versions = [put(), delete(), put(), delete(), put()];
    assert!(versions.is_sorted_by(|earlier, later| earlier < later), "{versions:?}");
}

fn expect_absent(store: &dyn Store) {
    let insert = || Batch::new().expect_absent("a").put("a", "1");
    commit(store, insert());
    assert_conflict(store, insert(), "a");
    commit(store, Batch::new().delete("a"));
    commit(store, insert());
}

fn expect_version(store: &dyn Store) {
    let first = commit(store, Batch::new().put("a", "1"));
    let second = commit(store, Batch::new().expect_version("a", first).put("a", "2"));
    assert_conflict(store, Batch::new().expect_version("a", first).put("a", "3"), "a");
    assert_conflict(store, Batch::new().expect_version("a", Version(second.0 + 1)).put("a", "3"), "a");
    assert_eq!(value_of(store, "a"), "2");
}

fn expect_version_of_nothing(store: &dyn Store) {
    assert_conflict(store, Batch::new().expect_version("a", Version(1)).put("a", "1"), "a");
    let version = commit(store, Batch::new().put("b", "1"));
    commit(store, Batch::new().delete("b"));
    assert_conflict(store, Batch::new().expect_version("b", version).put("b", "2"), "b");
}

fn conflict_changes_nothing(store: &dyn Store) {
    let version = commit(store, Batch::new().put("b", "1").put("d", "1"));
    let batch = Batch::new().expect_absent("a").expect_absent("b").put("a", "1").put("c", "1").delete("d");
    assert_conflict(store, batch, "b");
    assert_eq!((get(store, "a"), get(store, "c")), (None, None));
    assert_eq!(version_of(store, "d"), Some(version));
}

fn preconditions_look_before(store: &dyn Store) {
    commit(store, Batch::new().put("a", "1").expect_absent("a"));
    assert_conflict(store, Batch::new().delete("a").expect_absent("a"), "a");
}

fn precondition_elsewhere(store: &dyn Store) {
    let guard = commit(store, Batch::new().put("guard", ""));
    commit(store, Batch::new().expect_version("guard", guard).put("a", "1"));
    assert_eq!(version_of(store, "guard"), Some(guard));
    commit(store, Batch::new().put("guard", ""));
    assert_conflict(store, Batch::new().expect_version("guard", guard).put("a", "2"), "guard");
}

fn one_writer_wins(store: &dyn Store) {
    let read = commit(store, Batch::new().put("a", "0"));
    let attempts = (1..=20)
        .map(|writer| store.commit(Batch::new().expect_version("a", read).put("a", format!("{writer}"))));
    let outcomes = block_on(join_all(attempts));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(CommitError::Conflict(_)))));
}

fn no_count_is_lost(store: &dyn Store) {
    commit(store, Batch::new().put("n", "0"));
    block_on(join_all((0..8).map(|_| count_up(store, 5))));
    assert_eq!(value_of(store, "n"), "40");
}

async fn count_up(store: &dyn Store, mut times: usize) {
    while times > 0 {
        let Record { value, version } = store.get(b"n").await.unwrap().unwrap();
        let next = std::str::from_utf8(&value).unwrap().parse::<u32>().unwrap() + 1;
        match store.commit(Batch::new().expect_version("n", version).put("n", next.to_string())).await {
            Ok(_) => times -= 1,
            Err(CommitError::Conflict(_)) => {}
            Err(CommitError::Fault(fault)) => panic!("{fault}"),
        }
    }
}

fn dropped_future(store: &dyn Store) {
    drop(store.commit(Batch::new().put("a", "1")));
    commit(store, Batch::new().put("b", "1"));
    assert_eq!(value_of(store, "a"), "1");
}

fn scan(store: &dyn Store) {
    let batch = ["case/2", "case/1", "case", "case/", "casf", "cas", "case0"];
    let version = commit(store, batch.iter().fold(Batch::new(), |batch, key| batch.put(*key, *key)));
    let entry = |key: &'static str| {
        let record = Record { value: Bytes::from(key), version };
        Entry { key: Bytes::from(key), record }
    };
    let found = block_on(store.scan(b"case/", None, usize::MAX)).unwrap();
    assert_eq!(found, ["case/", "case/1", "case/2"].map(entry));
}

fn scan_everything(store: &dyn Store) {
    assert_eq!(keys(store, "", None, usize::MAX), [""; 0]);
    commit(store, Batch::new().put("b", "").put("", "").put("a", ""));
    assert_eq!(keys(store, "", None, usize::MAX), ["", "a", "b"]);
}

fn scan_to_the_end(store: &dyn Store) {
    commit(store, Batch::new().put(vec![0xfe], "").put(vec![0xff], "").put(vec![0xff, 0xff], ""));
    let found = block_on(store.scan(&[0xff], None, usize::MAX)).unwrap();
    assert_eq!(found.len(), 2);
}

fn scan_in_pages(store: &dyn Store) {
    commit(
        store,
        ["a", "b/1", "b/2", "b/3", "c"].iter().fold(Batch::new(), |batch, key| batch.put(*key, "")),
    );
    assert_eq!(keys(store, "b/", None, 2), ["b/1", "b/2"]);
    assert_eq!(keys(store, "b/", Some("b/2"), 2), ["b/3"]);
    assert_eq!(keys(store, "b/", Some("b/3"), 2), [""; 0]);
    assert_eq!(keys(store, "b/", Some("b/15"), 1), ["b/2"], "the key to go on after may have been deleted");
    assert_eq!(keys(store, "b/", Some("a"), 1), ["b/1"], "a key before the prefix skips nothing");
    assert_eq!(keys(store, "b/", Some("c"), 1), [""; 0]);
    assert_eq!(keys(store, "b/", None, 0), [""; 0]);
}

fn scan_sees_whole_batches(store: &dyn Store) {
    let pair = |round: u32| Batch::new().put("pair/1", round.to_string()).put("pair/2", round.to_string());
    commit(store, pair(0));
    let mut commits: Vec<_> = (1..=20).map(|round| store.commit(pair(round))).collect();
    while !commits.is_empty() {
        let pair = block_on(store.scan(b"pair/", None, usize::MAX)).unwrap();
        assert_eq!(pair[0].record, pair[1].record);
        let (outcome, _, rest) = block_on(select_all(commits));
        outcome.unwrap();
        commits = rest;
    }
}

fn get(store: &dyn Store, key: &str) -> Option<Record> {
    block_on(store.get(key.as_bytes())).unwrap()
}

fn value_of(store: &dyn Store, key: &str) -> String {
    String::from_utf8(get(store, key).expect("a record").value.to_vec()).unwrap()
}

fn version_of(store: &dyn Store, key: &str) -> Option<Version> {
    get(store, key).map(|record| record.version)
}

fn commit(store: &dyn Store, batch: Batch) -> Version {
    block_on(store.commit(batch)).unwrap()
}

fn keys(store: &dyn Store, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let found = block_on(store.scan(prefix.as_bytes(), after.map(str::as_bytes), limit)).unwrap();
    found.into_iter().map(|entry| String::from_utf8(entry.key.to_vec()).unwrap()).collect()
}

fn assert_conflict(store: &dyn Store, batch: Batch, key: &str) {
    match block_on(store.commit(batch)) {
        Err(CommitError::Conflict(conflict)) => assert_eq!(conflict.key, key.as_bytes()),
        other => panic!("expected a conflict about {key}, got {other:?}"),
    }
}

/// Entities share one store between their tasks.
#[test]
fn a_store_can_be_shared() {
    fn shared<T: Send + Sync + ?Sized>() {}
    shared::<Arc<dyn Store>>();
}
