use futures::FutureExt;
use store::Batch;

use super::*;

#[test]
fn a_process_whose_store_cannot_be_used_is_not_ready_until_it_can() {
    let (disk, metrics, readiness) = (Disk::new(), driver::Metrics::new(), Readiness::new());
    let store = Redb::open_in_memory(disk.clone(), Clock::still(UNIX_EPOCH)).unwrap();
    let life = Arc::new(());
    store.on_health(watch(&metrics, readiness.clone(), Arc::downgrade(&life)));
    assert!(readiness.is_ready() && metrics.text().contains("mcx_store_usable 1\n"));

    let commit =
        || store.commit(Batch::new().put("a", "1")).now_or_never().expect("nothing is ever under way");
    disk.set_capacity(0);
    commit().unwrap_err();
    assert!(!readiness.is_ready() && metrics.text().contains("mcx_store_usable 0\n"));

    disk.set_capacity(u64::MAX);
    commit().unwrap();
    assert!(readiness.is_ready() && metrics.text().contains("mcx_store_usable 1\n"));

    drop(life);
    disk.set_capacity(0);
    commit().unwrap_err();
    assert!(readiness.is_ready(), "the system is over");
}

#[test]
fn a_damaged_file_is_named_when_the_process_starts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mcx.redb");
    std::fs::write(&file, "not a store\n".repeat(1000)).unwrap();
    let (kept, cache) = (Kept::File(file), Cache::of(None, false));
    let opened = open(Some(&kept), cache, Clock::still(UNIX_EPOCH), |_| {});
    let failure = opened.err().expect("a failure");
    assert!(failure.to_string().contains("mcx.redb"), "{failure}");
}
