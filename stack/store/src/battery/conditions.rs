//! What must hold for a batch to be committed.

use futures::{executor::block_on, future::join_all};

use super::{Test, assert_conflict, commit, get, value_of, version_of};
use crate::{Batch, CommitError, Record, Store, Version};

pub(super) const TESTS: &[(&str, Test)] = &[
    ("a batch that expects absence is refused where there is a record", expect_absent),
    ("a batch that expects a version is refused where there is another", expect_version),
    ("a batch that expects a version is refused where there is no record", expect_version_of_nothing),
    ("a refused batch names the key and changes nothing", conflict_changes_nothing),
    ("preconditions look at what was before the batch", preconditions_look_before),
    ("a precondition may be on a key that the batch does not change", precondition_elsewhere),
    ("of many writers who read the same version one succeeds", one_writer_wins),
    ("counting under contention loses no count", no_count_is_lost),
];

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
        let Record { value, version, .. } = store.get(b"n").await.unwrap().unwrap();
        let next = std::str::from_utf8(&value).unwrap().parse::<u32>().unwrap() + 1;
        match store.commit(Batch::new().expect_version("n", version).put("n", next.to_string())).await {
            Ok(_) => times -= 1,
            Err(CommitError::Conflict(_)) => {}
            Err(CommitError::Fault(fault)) => panic!("{fault}"),
        }
    }
}
