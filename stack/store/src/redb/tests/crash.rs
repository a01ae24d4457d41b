//! Power that fails: of what was written since the disk was last told to write through, any part may be there.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use ::redb::StorageBackend;
use parking_lot::{Condvar, Mutex};

use super::*;

/// A disk that takes so many operations more, and then fails each. What it has after a cut is decided by a seed.
#[derive(Clone, Debug)]
pub(in crate::redb) struct Unsteady {
    image: Arc<Mutex<Image>>,
    left: Arc<AtomicI64>,
    /// Whether it keeps whoever asks for its length waiting: whoever opens a store on it.
    held: Arc<(Mutex<bool>, Condvar)>,
}

#[derive(Default, Debug)]
struct Image {
    /// As a reader sees it.
    now: Vec<u8>,
    /// As it was when it was last written through.
    durable: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Length(usize),
    Write(usize, Vec<u8>),
}

/// Writes reach the disk in pieces of this size, each whole or not at all.
const SECTOR: usize = 512;

impl Unsteady {
    pub(super) fn new() -> Self {
        Self { image: Arc::default(), left: Arc::new(AtomicI64::new(i64::MAX)), held: Arc::default() }
    }

    /// From now on it cannot be opened, nor refused to be.
    pub(super) fn hold(&self) {
        *self.held.0.lock() = true;
    }

    pub(super) fn release(&self) {
        *self.held.0.lock() = false;
        self.held.1.notify_all();
    }

    /// Takes so many operations from now on.
    pub(super) fn fail_after(&self, operations: i64) {
        self.left.store(operations, Ordering::Release);
    }

    /// What is left when the power fails: a disk with what was written through and, of the rest, whatever the seed says.
    fn cut(&self, seed: u64) -> Self {
        let image = self.image.lock();
        let mut now = image.durable.clone();
        let mut state = seed;
        for change in &image.since {
            keep(&mut now, change, &mut state);
        }
        let image = Image { durable: now.clone(), now, since: Vec::new() };
        Self { image: Arc::new(Mutex::new(image)), ..Self::new() }
    }

    fn change(&self, change: Change) -> io::Result<()> {
        if self.left.fetch_sub(1, Ordering::AcqRel) <= 0 {
            return Err(io::Error::other("the disk does not answer"));
        }
        let mut image = self.image.lock();
        apply(&mut image.now, &change);
        image.since.push(change);
        Ok(())
    }
}

fn apply(image: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => image.resize(*length, 0),
        Change::Write(at, data) => {
            image.resize(image.len().max(at + data.len()), 0);
            image[*at..at + data.len()].copy_from_slice(data);
        }
    }
}

fn keep(image: &mut Vec<u8>, change: &Change, state: &mut u64) {
    match change {
        // File systems order the length before what lies beyond it.
        Change::Length(_) => apply(image, change),
        Change::Write(at, data) => {
            for (number, sector) in data.chunks(SECTOR).enumerate() {
                // Knuth, TAOCP 3.3.4.
                *state =
                    state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if *state >> 63 == 1 {
                    apply(image, &Change::Write(at + number * SECTOR, sector.to_vec()));
                }
            }
        }
    }
}

impl StorageBackend for Unsteady {
    fn len(&self) -> io::Result<u64> {
        let (is_held, released) = &*self.held;
        let mut is_held = is_held.lock();
        while *is_held {
            released.wait(&mut is_held);
        }
        Ok(self.image.lock().now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let (image, from) = (self.image.lock(), offset as usize);
        let found = image.now.get(from..from + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(Change::Length(len as usize))
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.left.fetch_sub(1, Ordering::AcqRel) <= 0 {
            return Err(io::Error::other("the disk does not answer"));
        }
        let mut image = self.image.lock();
        let Image { now, durable, since } = &mut *image;
        since.drain(..).for_each(|change| apply(durable, &change));
        debug_assert_eq!(now.len(), durable.len());
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.change(Change::Write(offset as usize, data.to_vec()))
    }
}

fn open(disk: &Unsteady) -> Result<Redb, Fault> {
    let hub = Arc::default();
    let writer = Writer::open(Source::Unsteady(disk.clone()), clock(), Arc::clone(&hub))?;
    Ok(Redb { engine: writer.engine(), commits: Commits::Inline(Mutex::new(writer)), clock: clock(), hub })
}

/// Two records that are always put together, so often.
fn pair(round: u32) -> Batch {
    let value = round.to_be_bytes().repeat(300 + round as usize * 40);
    Batch::new().put("one", value.clone()).put("other", value)
}

fn round(store: &Redb) -> u32 {
    let read = |key: &[u8]| block_on(store.get(key)).unwrap().map(|record| record.value);
    let (one, other) = (read(b"one"), read(b"other"));
    assert_eq!(one, other, "half a batch");
    one.map_or(0, |value| u32::from_be_bytes(value[..4].try_into().unwrap()))
}

#[test]
fn wherever_the_power_fails_what_was_acknowledged_is_there_and_no_half_batch() {
    let mut cuts = 0_u64;
    for operations in 0.. {
        let disk = Unsteady::new();
        let store = open(&disk).unwrap();
        block_on(store.commit(pair(1))).unwrap();
        disk.fail_after(operations);
        let failed = (2..8).find(|number| block_on(store.commit(pair(*number))).is_err());
        for seed in 0..4 {
            cuts += 1;
            let store = open(&disk.cut(cuts * 7919 + seed)).unwrap();
            let found = round(&store);
            let acknowledged = failed.map_or(7, |failed| failed - 1);
            assert!(found >= acknowledged, "{found} of {acknowledged} after {operations} operations");
            assert!(found <= acknowledged + 1);
            block_on(store.commit(pair(9))).unwrap();
            assert_eq!(round(&store), 9);
        }
        if failed.is_none() {
            break;
        }
    }
    assert!(cuts > 100, "{cuts} cuts");
}

#[test]
fn an_error_of_the_disk_is_told_and_passes_without_a_restart() {
    let disk = Unsteady::new();
    let store = open(&disk).unwrap();
    block_on(store.commit(pair(1))).unwrap();
    disk.fail_after(1);
    let Err(CommitError::Fault(fault)) = block_on(store.commit(pair(2))) else { panic!("committed") };
    assert_eq!(fault.kind(), Kind::Io);
    assert!(fault.to_string().contains("the disk does not answer"), "{fault}");
    disk.fail_after(i64::MAX);
    assert!((1..=2).contains(&round(&store)));
    block_on(store.commit(pair(3))).unwrap();
    assert_eq!(round(&store), 3);
}

#[test]
fn a_small_commit_by_itself_writes_few_pages() {
    let disk = Unsteady::new();
    let store = open(&disk).unwrap();
    let operations = || {
        disk.fail_after(1000);
        block_on(store.commit(Batch::new().put("a", "1"))).unwrap();
        1000 - disk.left.load(Ordering::Acquire)
    };
    let last: Vec<_> = std::iter::repeat_with(operations).take(20).skip(10).collect();
    assert!(last.iter().all(|operations| *operations <= FEW), "{last:?}");
}

/// The header, the record's page, the tables and what is free of the file; and the disk is told once to write through.
const FEW: i64 = 6;
