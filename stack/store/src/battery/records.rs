//! Records, one by one.

use bytes::Bytes;
use futures::executor::block_on;

use super::{Test, commit, get, value_of, version_of};
use crate::{Batch, Record, Store, Version};

pub(super) const TESTS: &[(&str, Test)] = &[
    ("a key that was never put has no record", never_put),
    ("a record is found as it was put, with the version of its commit", put_and_get),
    ("any bytes are a key, any bytes are a value", any_bytes),
    ("putting again replaces the value and raises the version", put_again),
    ("all records of a batch have one version", one_version),
    ("of several changes to a key in one batch the last counts", last_change_counts),
    ("a deleted record is gone, and deleting nothing is no error", delete),
    ("a version is never given twice, not even after a deletion", versions_are_never_given_twice),
    ("a commit goes on when its future is dropped", dropped_future),
];

fn never_put(store: &dyn Store) {
    assert_eq!(get(store, "a"), None);
}

fn put_and_get(store: &dyn Store) {
    let version = commit(store, Batch::new().put("a", "1"));
    assert_eq!(get(store, "a"), Some(Record { value: Bytes::from("1"), version, expires: None }));
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
    assert_eq!(get(store, "a"), Some(Record { value: Bytes::from("2"), version: second, expires: None }));
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

fn dropped_future(store: &dyn Store) {
    drop(store.commit(Batch::new().put("a", "1")));
    commit(store, Batch::new().put("b", "1"));
    assert_eq!(value_of(store, "a"), "1");
}
