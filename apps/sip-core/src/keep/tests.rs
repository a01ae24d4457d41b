use std::time::UNIX_EPOCH;

use futures::FutureExt as _;
use store::{Clock, Disk, Redb};

use super::*;

const ALICE: &str = "sip:alice@primary.example";

fn keep() -> Keep {
    Keep::new(Arc::new(Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).unwrap()))
}

fn commit(keep: &Keep, read: Option<Version>) -> Result<Version, Fault> {
    keep.commit(Commit::default().bindings(ALICE, read, &[])).now_or_never().unwrap()
}

#[test]
fn who_read_before_another_wrote_writes_nothing() {
    let keep = keep();
    let first = commit(&keep, None).unwrap();
    assert_eq!(commit(&keep, None), Err(Fault::Conflict));
    let second = commit(&keep, Some(first)).unwrap();
    assert_eq!(commit(&keep, Some(first)), Err(Fault::Conflict));
    let kept = keep.bindings(ALICE).now_or_never().unwrap().unwrap();
    assert_eq!(kept.version, Some(second));
}

#[test]
fn a_record_of_somebody_else_is_a_fault_and_not_a_panic() {
    let store = Arc::new(Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).unwrap());
    let batch = Batch::new().put(records::bindings_key(ALICE), "not ours");
    store.commit(batch).now_or_never().unwrap().unwrap();
    let keep = Keep::new(store);
    assert!(matches!(keep.bindings(ALICE).now_or_never().unwrap(), Err(Fault::Store(_))));
    assert!(matches!(keep.all_bindings().now_or_never().unwrap(), Err(Fault::Store(_))));
}
