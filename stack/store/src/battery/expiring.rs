//! Records that expire.

use bytes::Bytes;
use futures::{executor::block_on, stream::StreamExt};

use super::{Hand, assert_conflict, commit, get, keys, value_of};
use crate::{Batch, Event, Happened, Store};

type Test = fn(&dyn Store, &Hand);

pub(super) const TESTS: &[(&str, Test)] = &[
    ("a record is found until it expires, and says when", until),
    ("what has expired is not in a range", not_in_a_range),
    ("what has expired is absent to a precondition", absent),
    ("a record that is put again lives as long as was said last", put_again),
    ("what has expired is deleted, which is told once", told),
    ("what expired before it was put is never found", from_the_beginning),
];

fn until(store: &dyn Store, hand: &Hand) {
    commit(store, Batch::new().put_until("a", "1", hand.after(10)).put("b", "1"));
    assert_eq!(get(store, "a").unwrap().expires, Some(hand.after(10)));
    assert_eq!(get(store, "b").unwrap().expires, None);
    hand.advance(9);
    assert_eq!(value_of(store, "a"), "1");
    hand.advance(1);
    assert_eq!(get(store, "a"), None);
    assert_eq!(value_of(store, "b"), "1");
}

fn not_in_a_range(store: &dyn Store, hand: &Hand) {
    commit(
        store,
        Batch::new().put_until("a", "", hand.after(10)).put("b", "").put_until("c", "", hand.after(20)),
    );
    hand.advance(10);
    assert_eq!(keys(store, "", None, usize::MAX), ["b", "c"]);
    assert_eq!(keys(store, "", None, 1), ["b"]);
}

fn absent(store: &dyn Store, hand: &Hand) {
    let version = commit(store, Batch::new().put_until("a", "1", hand.after(10)));
    assert_conflict(store, Batch::new().expect_absent("a").put("a", "2"), "a");
    hand.advance(10);
    assert_conflict(store, Batch::new().expect_version("a", version).put("a", "2"), "a");
    commit(store, Batch::new().expect_absent("a").put("a", "2"));
    assert_eq!(value_of(store, "a"), "2");
}

fn put_again(store: &dyn Store, hand: &Hand) {
    let both = |until| Batch::new().put_until("longer", "", until).put_until("for good", "", until);
    commit(store, both(hand.after(10)));
    commit(store, Batch::new().put_until("longer", "", hand.after(20)).put("for good", ""));
    hand.advance(10);
    assert_eq!(keys(store, "", None, usize::MAX), ["for good", "longer"]);
    hand.advance(10);
    assert_eq!(keys(store, "", None, usize::MAX), ["for good"]);
}

fn told(store: &dyn Store, hand: &Hand) {
    let put =
        commit(store, Batch::new().put_until("a", "", hand.after(10)).put_until("b", "", hand.after(99)));
    let mut stream = store.watch(b"");
    hand.advance(10);
    // A store that sweeps when it is used is used.
    assert_eq!(get(store, "a"), None);
    let Event { key, version, change } = block_on(stream.next()).unwrap().unwrap();
    assert_eq!((key, change), (Bytes::from("a"), Happened::Deleted));
    assert!(version > put);
    let after = commit(store, Batch::new().delete("a").put("c", ""));
    let next = block_on(stream.next()).unwrap().unwrap();
    assert_eq!((next.key, next.version, next.change), (Bytes::from("c"), after, Happened::Put));
}

fn from_the_beginning(store: &dyn Store, hand: &Hand) {
    commit(store, Batch::new().put_until("a", "", hand.after(0)).put_until("b", "", std::time::UNIX_EPOCH));
    assert_eq!((get(store, "a"), get(store, "b")), (None, None));
}
