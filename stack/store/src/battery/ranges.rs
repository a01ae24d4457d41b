//! Ranges of records.

use bytes::Bytes;
use futures::{executor::block_on, future::select_all};

use super::{Test, commit, keys};
use crate::{Batch, Entry, Record, Store};

pub(super) const TESTS: &[(&str, Test)] = &[
    ("a scan gives the records under the prefix and no other, in order", scan),
    ("the empty prefix is everything", scan_everything),
    ("a prefix of bytes 0xff has an end", scan_to_the_end),
    ("a scan reads on after a key", scan_in_pages),
    ("a scan sees a batch whole or not at all", scan_sees_whole_batches),
];

fn scan(store: &dyn Store) {
    let batch = ["case/2", "case/1", "case", "case/", "casf", "cas", "case0"];
    let version = commit(store, batch.iter().fold(Batch::new(), |batch, key| batch.put(*key, *key)));
    let entry = |key: &'static str| {
        let record = Record { value: Bytes::from(key), version, expires: None };
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
