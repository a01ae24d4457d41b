use std::{
    error::Error as _,
    fs,
    sync::mpsc::{Sender, channel},
    task::{Context, Wake, Waker},
};

use futures::executor::block_on;

mod crash;
mod damage;
mod emptied;
mod gone;
mod mending;
#[cfg(unix)]
mod mode;

pub(super) use crash::Unsteady;

use super::*;
use crate::{Kind, battery};

/// Octets that are as good as random, the same each time (Knuth, TAOCP 3.3.4). They take as much of a disk as they are.
fn noise(length: u64, seed: u64) -> Vec<u8> {
    let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    let states = std::iter::successors(Some(seed + 1), next);
    states.skip(1).map(|state| (state >> 56) as u8).take(usize::try_from(length).unwrap()).collect()
}

#[test]
fn the_file_passes_the_battery() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0;
    battery::run(|clock| {
        files += 1;
        Redb::open(&folder.path().join(files.to_string()), clock).unwrap()
    });
}

#[test]
fn the_memory_passes_the_battery() {
    battery::run(|clock| Redb::open_in_memory(Disk::new(), clock).unwrap());
}

#[test]
fn what_was_acknowledged_is_found_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut last = Version(0);
    for round in 0..5_u32 {
        let store = Redb::open(&path, clock()).unwrap();
        for earlier in 0..round {
            assert!(
                block_on(store.get(&earlier.to_be_bytes())).unwrap().is_some(),
                "{earlier} after {round}"
            );
        }
        let version = block_on(store.commit(Batch::new().put(round.to_be_bytes().to_vec(), "kept"))).unwrap();
        assert!(version > last, "versions go on counting after a restart");
        last = version;
    }
}

#[test]
fn what_was_handed_in_is_written_before_the_file_closes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = Redb::open(&path, clock()).unwrap();
    for number in 0..500_u32 {
        drop(store.commit(Batch::new().put(number.to_be_bytes().to_vec(), "")));
    }
    drop(store);
    let store = Redb::open(&path, clock()).unwrap();
    assert_eq!(block_on(store.scan(b"", None, usize::MAX)).unwrap().len(), 500);
}

#[test]
fn a_conflict_spoils_no_other_batch_of_its_group() {
    let mut writer = writer_in_memory();
    let insert = Batch::new().expect_absent("a").put("a", "1");
    let other = Batch::new().put("b", "1");
    let (verdicts, _) = writer.commit([&insert, &insert, &other]).unwrap();
    assert!(matches!(&verdicts[..], [Ok(Version(1)), Err(conflict), Ok(Version(2))] if conflict.key == "a"));
}

#[test]
fn a_group_sees_the_batches_before_it() {
    let mut writer = writer_in_memory();
    let first = Batch::new().put("a", "1");
    let second = Batch::new().expect_version("a", Version(1)).put("a", "2");
    assert_eq!(writer.commit([&first, &second]).unwrap().0, [Ok(Version(1)), Ok(Version(2))]);
}

#[test]
fn no_version_is_given_twice_though_the_file_is_told_of_many_at_once() {
    let (disk, batch) = (Disk::new(), Batch::new().put("a", "").delete("a"));
    let open = || Writer::open(Source::Memory(disk.clone()), clock(), Arc::default()).unwrap();
    let mut last = Version(0);
    for _ in 0..3 {
        let mut writer = open();
        // The second goes far beyond what the first has told of.
        for together in [1, 3000] {
            for verdict in writer.commit(std::iter::repeat_n(&batch, together)).unwrap().0 {
                let version = verdict.unwrap();
                assert!(version > last, "{version:?} after {last:?}");
                last = version;
            }
        }
    }
}

#[test]
fn whoever_writes_is_answered_before_those_who_watch_are_woken() {
    struct Answered(
        parking_lot::Mutex<Option<BoxFuture<'static, Result<Version, CommitError>>>>,
        Sender<bool>,
    );
    impl Wake for Answered {
        fn wake(self: Arc<Self>) {
            let answer = self.0.lock().take().unwrap();
            self.1.send(answer.now_or_never().is_some()).unwrap();
        }
    }
    let store: &'static Redb =
        Box::leak(Box::new(Redb::grouped(Source::Memory(Disk::new()), clock()).unwrap()));
    let (woken, wakes) = channel();
    let answered = Arc::new(Answered(parking_lot::Mutex::new(None), woken));
    let mut stream = store.watch(b"");
    let waker = Waker::from(Arc::clone(&answered));
    assert!(stream.as_mut().poll_next(&mut Context::from_waker(&waker)).is_pending());
    let mut answer = answered.0.lock();
    *answer = Some(store.commit(Batch::new().put("a", "1")));
    drop(answer);
    assert!(wakes.recv().unwrap(), "his answer was there when they were woken");
}

#[test]
fn a_disk_in_memory_keeps_what_was_committed() {
    let disk = Disk::new();
    let store = Redb::open_in_memory(disk.clone(), clock()).unwrap();
    let version = block_on(store.commit(Batch::new().put("a", "1"))).unwrap();
    drop(store);
    let store = Redb::open_in_memory(disk, clock()).unwrap();
    assert_eq!(block_on(store.get(b"a")).unwrap().map(|record| record.version), Some(version));
}

#[test]
fn a_full_disk_is_reported_and_loses_nothing_acknowledged() {
    let disk = Disk::new();
    let store = Redb::open_in_memory(disk.clone(), clock()).unwrap();
    block_on(store.commit(Batch::new().put("a", "1"))).unwrap();
    disk.set_capacity(disk.size().unwrap());
    let too_much = Batch::new().put("b", noise(8 << 20, 1));
    let Err(CommitError::Fault(fault)) = block_on(store.commit(too_much)) else { panic!("committed") };
    assert_eq!(fault.kind(), Kind::Full, "{fault}");
    assert!(fault.to_string().starts_with("cannot commit to the store: "), "{fault}");
    assert!(fault.source().is_some());
    drop(store);

    disk.set_capacity(u64::MAX);
    let store = Redb::open_in_memory(disk, clock()).unwrap();
    assert!(block_on(store.get(b"a")).unwrap().is_some());
    assert!(block_on(store.get(b"b")).unwrap().is_none());
    block_on(store.commit(Batch::new().put("b", "2"))).unwrap();
}

#[test]
fn a_file_that_is_none_of_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    fs::write(&path, "not a database\n".repeat(1000)).unwrap();
    let fault = Redb::open(&path, clock()).err().expect("a fault");
    assert_eq!(fault.kind(), Kind::Corrupt, "{fault}");
    assert!(fault.to_string().contains(&path.display().to_string()), "{fault}");
}

#[test]
fn a_file_of_a_later_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(Redb::open(&path, clock()).unwrap());
    set_format(&path, format::FORMAT + 1);
    let fault = Redb::open(&path, clock()).err().expect("a fault");
    assert_eq!(fault.kind(), Kind::Newer);
    let text = fault.to_string();
    assert!(
        text.ends_with("was written by a later version of this program (format 4, known is 3)"),
        "{text}"
    );
    set_format(&path, format::FORMAT);
    Redb::open(&path, clock()).unwrap();
}

#[test]
fn a_file_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let _store = Redb::open(&path, clock()).unwrap();
    assert_eq!(Redb::open(&path, clock()).err().map(|fault| fault.kind()), Some(Kind::InUse));
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let fault = Redb::open(&folder.path().join("missing").join("store"), clock()).err().expect("a fault");
    assert_eq!(fault.kind(), Kind::Io);
    assert!(fault.to_string().contains("missing"), "{fault}");
}

fn clock() -> Clock {
    Clock::still(std::time::UNIX_EPOCH)
}

fn writer_in_memory() -> Writer {
    Writer::open(Source::Memory(Disk::new()), clock(), Arc::default()).unwrap()
}

#[test]
fn a_file_of_the_format_before_keeps_its_records_and_is_written_in_the_present_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let value = b"<entry uri=\"sip:member@example.org\"/>\n".repeat(100);
    drop(Redb::open(&path, clock()).unwrap());
    let database = Database::create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(RECORDS).unwrap().insert(&b"a"[..], row::plain(7, b"a", &value)).unwrap();
    transaction.commit().unwrap();
    drop(database);
    set_format(&path, 2);
    let store = Redb::open(&path, clock()).unwrap();
    block_on(store.commit(Batch::new().put("b", value.clone()))).unwrap();
    for key in [b"a", b"b"] {
        assert_eq!(block_on(store.get(key)).unwrap().map(|record| record.value), Some(value.clone().into()));
    }
    drop(store);
    let database = Database::create(&path).unwrap();
    let about = database.begin_read().unwrap().open_table(format::ABOUT).unwrap();
    assert_eq!(about.get("format").unwrap().map(|format| format.value()), Some(3));
}

fn set_format(path: &Path, number: u64) {
    let database = Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(format::ABOUT).unwrap().insert("format", number).unwrap();
    transaction.commit().unwrap();
}
