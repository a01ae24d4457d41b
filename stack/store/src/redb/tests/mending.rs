use std::sync::mpsc::{Receiver, channel};

use super::*;

pub(super) fn put(store: &Redb, key: &'static str) -> Result<Version, Fault> {
    block_on(store.commit(Batch::new().put(key, "1"))).map_err(|error| match error {
        CommitError::Fault(fault) => fault,
        CommitError::Conflict(conflict) => panic!("{conflict}"),
    })
}

pub(super) fn has(store: &Redb, key: &str) -> bool {
    block_on(store.get(key.as_bytes())).unwrap().is_some()
}

pub(super) fn watched(store: &Redb) -> Receiver<Health> {
    let (tell, told) = channel();
    store.on_health(move |health| drop(tell.send(health.clone())));
    assert!(matches!(told.recv(), Ok(Health::Sound)), "what it is like is told at once");
    told
}

/// As [`watched`], of a store that may be broken.
fn watched_broken(store: &Redb) -> Receiver<Health> {
    let (tell, told) = channel();
    store.on_health(move |health| drop(tell.send(health.clone())));
    told
}

pub(super) fn await_broken(told: &Receiver<Health>) -> Fault {
    match told.recv() {
        Ok(Health::Broken(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

pub(super) fn await_sound(told: &Receiver<Health>) {
    while !matches!(told.recv().expect("the store is there"), Health::Sound) {}
}

/// As a page does that is not what redb wrote.
fn stumble(store: &Redb) -> Fault {
    let read = store.reading("cannot read a record", |_, _| -> Read<()> { panic!("no such page") });
    read.expect("not a failure of the writer's").unwrap_err()
}

#[test]
fn a_full_disk_is_told_and_passes_without_a_restart() {
    let disk = Disk::new();
    let store = Redb::grouped(Source::Memory(disk.clone()), clock()).unwrap();
    let told = watched(&store);
    let before = put(&store, "before").unwrap();

    disk.set_capacity(0);
    assert_eq!(put(&store, "lost").unwrap_err().kind(), Kind::Full);
    assert_eq!(await_broken(&told).kind(), Kind::Full);
    assert_eq!(await_broken(&told).kind(), Kind::Full, "opened again at once, in vain");
    let refused = put(&store, "refused").unwrap_err();
    assert_eq!(refused.kind(), Kind::Full, "{refused}");
    assert!(refused.to_string().starts_with("the store is out of use: "), "{refused}");
    assert!(has(&store, "before") && !has(&store, "lost"), "what is there can be read");

    disk.set_capacity(u64::MAX);
    await_sound(&told);
    assert!(has(&store, "before") && !has(&store, "refused"));
    assert!(put(&store, "after").unwrap() > before);
}

#[test]
fn a_store_on_a_full_disk_can_be_read_from_the_start() {
    let disk = Disk::new();
    let store = Redb::grouped(Source::Memory(disk.clone()), clock()).unwrap();
    let before = put(&store, "before").unwrap();
    drop(store);

    disk.set_capacity(0);
    let store = Redb::grouped(Source::Memory(disk.clone()), clock()).unwrap();
    let (tell, told) = channel();
    store.on_health(move |health| drop(tell.send(health.clone())));
    assert_eq!(await_broken(&told).kind(), Kind::Full);
    assert!(has(&store, "before"));
    assert_eq!(put(&store, "refused").unwrap_err().kind(), Kind::Full);

    disk.set_capacity(u64::MAX);
    await_sound(&told);
    assert!(has(&store, "before") && !has(&store, "refused"));
    assert!(put(&store, "after").unwrap() > before);
}

/// Opening a database writes where it has written before, and a commit may find such a place where the one before it found none.
#[test]
fn a_disk_without_room_for_more_is_full_until_there_is_room() {
    let disk = Disk::new();
    let store = Redb::grouped(Source::Memory(disk.clone()), clock()).unwrap();
    let told = watched(&store);
    put(&store, "before").unwrap();
    // All that it has may be written to, and nothing beyond.
    disk.set_capacity(disk.size().unwrap());
    let mut written = 0_u32;
    let fault = loop {
        let batch = Batch::new().put(written.to_be_bytes().to_vec(), noise(64 << 10, written.into()));
        match block_on(store.commit(batch)) {
            Ok(_) => written += 1,
            Err(CommitError::Fault(fault)) => break fault,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(fault.kind(), Kind::Full, "{fault}");
    for attempt in 0..4 {
        assert_eq!(await_broken(&told).kind(), Kind::Full, "opened again: {attempt}");
        assert!(has(&store, "before"), "what is there can be read");
        assert_eq!(put(&store, "small").unwrap_err().kind(), Kind::Full);
    }
    let size = disk.size().unwrap();
    disk.set_capacity(size + room::OCTETS as u64);
    await_sound(&told);
    put(&store, "small").unwrap();
}

#[test]
fn what_a_reader_meets_on_a_full_disk_is_mended_too() {
    let disk = Disk::new();
    let store = Redb::open_in_memory(disk.clone(), clock()).unwrap();
    put(&store, "before").unwrap();
    disk.set_capacity(0);
    put(&store, "lost").unwrap_err();
    stumble(&store);
    assert!(has(&store, "before"));
    disk.set_capacity(u64::MAX);
    put(&store, "after").unwrap();
}

#[test]
fn a_new_store_on_a_full_disk_is_refused() {
    let disk = Disk::new();
    disk.set_capacity(0);
    let refused = Redb::open_in_memory(disk, clock()).err().expect("nothing to be read");
    assert_eq!(refused.kind(), Kind::Full);
}

#[test]
fn what_is_handed_in_before_a_store_is_dropped_is_answered_though_it_is_broken() {
    let disk = Disk::new();
    let store = Redb::grouped(Source::Memory(disk.clone()), clock()).unwrap();
    put(&store, "before").unwrap();
    disk.set_capacity(0);
    drop(store.commit(Batch::new().put("lost", "1")));
    drop(store);
    disk.set_capacity(u64::MAX);
    assert!(has(&Redb::open_in_memory(disk, clock()).unwrap(), "before"));
}

#[test]
fn a_panic_over_a_page_is_a_fault_and_the_store_is_opened_again() {
    let store = Redb::grouped(Source::Memory(Disk::new()), clock()).unwrap();
    let told = watched(&store);
    put(&store, "before").unwrap();
    let fault = stumble(&store);
    assert_eq!(fault.kind(), Kind::Corrupt);
    assert_eq!(fault.to_string(), "cannot read a record: the file is damaged (no such page)");
    await_broken(&told);
    await_sound(&told);
    assert!(has(&store, "before"));
    put(&store, "after").unwrap();
}

#[test]
fn a_file_that_is_gone_is_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (path, away) = (folder.path().join("store"), folder.path().join("away"));
    let store = Redb::open(&path, clock()).unwrap();
    let told = watched(&store);
    put(&store, "before").unwrap();
    fs::rename(&path, &away).unwrap();
    stumble(&store);
    assert_eq!(await_broken(&told).kind(), Kind::Corrupt);
    assert_eq!(await_broken(&told).kind(), Kind::Io, "no such file");
    assert!(!path.exists());
    fs::rename(&away, &path).unwrap();
    await_sound(&told);
    assert!(has(&store, "before"));
}

/// A disk that answers again when a test is done with it, whatever has come of the test: a store waits for it at its end.
struct Held(Unsteady);

impl std::ops::Deref for Held {
    type Target = Unsteady;

    fn deref(&self) -> &Unsteady {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A store whose disk has failed under a commit, and does not answer whoever opens it now.
fn being_opened() -> (Redb, Held) {
    let disk = Unsteady::new();
    let store = Redb::grouped(Source::Unsteady(disk.clone()), clock()).unwrap();
    put(&store, "before").unwrap();
    disk.fail_after(0);
    disk.hold();
    put(&store, "lost").unwrap_err();
    (store, Held(disk))
}

#[test]
fn who_reads_while_the_store_is_opened_again_waits_and_is_answered() {
    let (store, disk) = being_opened();
    let (mut one, mut all) = (store.get(b"before"), store.scan(b"", None, 10));
    assert!((&mut one).now_or_never().is_none() && (&mut all).now_or_never().is_none());
    disk.fail_after(i64::MAX);
    disk.release();
    assert!(block_on(one).unwrap().is_some());
    assert_eq!(block_on(all).unwrap().len(), 1);
    assert!(!has(&store, "lost"));
}

#[test]
fn who_reads_while_the_store_cannot_be_opened_is_told_so() {
    let (store, disk) = being_opened();
    let told = store.get(b"before");
    disk.release();
    block_on(told).unwrap_err();
    disk.fail_after(i64::MAX);
    await_sound(&watched_broken(&store));
    assert!(has(&store, "before"));
}

#[test]
fn while_the_disk_is_full_each_attempt_to_write_keeps_readers_waiting_and_none_is_refused() {
    let disk = Disk::new();
    let store = Redb::grouped(Source::Memory(disk.clone()), clock()).unwrap();
    put(&store, "before").unwrap();
    disk.set_capacity(0);
    assert_eq!(put(&store, "lost").unwrap_err().kind(), Kind::Full);
    let told = watched_broken(&store);
    // From the failure through some attempts to open it again, which pause for longer each time.
    let mut reads = 0_u32;
    for _ in 0..3 {
        while told.try_recv().is_err() {
            assert!(has(&store, "before"));
            reads += 1;
        }
    }
    assert!(reads > 0);
    disk.set_capacity(u64::MAX);
    await_sound(&told);
}

#[test]
fn where_there_is_space_to_open_it_and_none_to_commit_what_is_kept_can_be_read_between_all_attempts() {
    let disk = Disk::new();
    let store = Redb::grouped(Source::Memory(disk.clone()), clock()).unwrap();
    put(&store, "before").unwrap();
    disk.set_capacity(4 << 20);
    // Not to be packed into less.
    let value: Vec<u8> = (0..2_u32 << 20).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let large = || block_on(store.commit(Batch::new().put("large", value.clone())));
    for _ in 0..4 {
        let outcome = large();
        assert!(
            matches!(&outcome, Err(CommitError::Fault(fault)) if fault.kind() == Kind::Full),
            "{outcome:?}"
        );
        assert!(has(&store, "before") && !has(&store, "large"));
    }
    disk.set_capacity(u64::MAX);
    await_sound(&watched_broken(&store));
    large().unwrap();
}

#[test]
fn in_memory_the_next_who_needs_it_opens_it_again() {
    let disk = Disk::new();
    let store = Redb::open_in_memory(disk.clone(), clock()).unwrap();
    put(&store, "before").unwrap();
    disk.set_capacity(0);
    assert_eq!(put(&store, "lost").unwrap_err().kind(), Kind::Full);
    assert!(has(&store, "before") && !has(&store, "lost"));
    disk.set_capacity(u64::MAX);
    assert!(has(&store, "before"));
    put(&store, "after").unwrap();
}

#[test]
fn metrics_tell_how_it_is() {
    let disk = Disk::new();
    let store = Redb::open_in_memory(disk.clone(), clock()).unwrap();
    let (metrics, mut registry) =
        (crate::Metrics::default(), prometheus_client::registry::Registry::default());
    metrics.register(&mut registry);
    store.on_health(move |health| metrics.observe(health));
    let text = || {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    };
    assert!(text().contains("mcx_store_usable 1\n") && text().contains("mcx_store_faults_total 0\n"));
    disk.set_capacity(0);
    put(&store, "lost").unwrap_err();
    assert!(
        text().contains("mcx_store_usable 0\n") && text().contains("mcx_store_faults_total 2\n"),
        "{}",
        text()
    );
}

/// On a file system that is full for real, which only the superuser can make.
#[test]
fn a_full_file_system_passes_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let output = std::process::Command::new(program).args(arguments).arg(folder.path()).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !run("mount", &["-t", "tmpfs", "-o", "size=3m", "tmpfs"]) {
        eprintln!("skipped: a small file system can be mounted by the superuser only");
        return;
    }
    let outcome = std::panic::catch_unwind(|| fill_and_free(folder.path()));
    assert!(run("umount", &[]));
    outcome.unwrap();
}

fn fill_and_free(folder: &Path) {
    let store = Redb::open(&folder.join("store"), clock()).unwrap();
    let told = watched(&store);
    put(&store, "before").unwrap();
    let fill = folder.join("fill");
    while fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&fill)
        .and_then(|file| {
            use std::io::Write;
            (&file).write_all(&[0; 4096])
        })
        .is_ok()
    {}
    let mut written = 0_u32;
    let fault = loop {
        let batch = Batch::new().put(written.to_be_bytes().to_vec(), noise(64 << 10, written.into()));
        match block_on(store.commit(batch)) {
            Ok(_) => written += 1,
            Err(CommitError::Fault(fault)) => break fault,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(fault.kind(), Kind::Full, "{fault}");
    await_broken(&told);
    told.recv().expect("opened again at once, to be written to or to be read");
    assert!(has(&store, "before"), "full");
    drop(store);
    let store = Redb::open(&folder.join("store"), clock()).unwrap();
    assert!(has(&store, "before"), "full, at a start");
    let (tell, told) = channel();
    store.on_health(move |health| drop(tell.send(health.clone())));
    fs::remove_file(&fill).unwrap();
    await_sound(&told);
    assert!(has(&store, "before"));
    for number in 0..written {
        assert!(block_on(store.get(&number.to_be_bytes())).unwrap().is_some(), "acknowledged: {number}");
    }
    put(&store, "after").unwrap();
}
