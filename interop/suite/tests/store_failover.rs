//! `kill -9` of the database under load: what was acknowledged is there afterwards, no batch is halved or made twice, and
//! service resumes by itself.
//!
//! `MCX_FAILOVERS` says how often a standby takes over, and how often a single server comes back: twice where it says nothing.
#![allow(clippy::disallowed_methods, reason = "real servers, in real time")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    env,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, UNIX_EPOCH},
};

use futures::executor::block_on;
use interop::postgres::{self, Server, address};
use store::{Address, Batch, Clock, CommitError, Postgres, Store};

/// How many write at once, in each of two processes.
const WRITERS: usize = 16;

fn times() -> u32 {
    env::var("MCX_FAILOVERS").map_or(2, |times| times.parse().expect("a number"))
}

fn open(connection: &str) -> Postgres {
    Postgres::open(Address::new(connection, None).unwrap(), Clock::still(UNIX_EPOCH)).unwrap()
}

/// Writers that each count up a pair of records, on the condition that nobody else has, and note what was acknowledged.
struct Load {
    stop: AtomicBool,
    /// By writer: the last count that was acknowledged.
    acknowledged: [AtomicU64; 2 * WRITERS],
    faults: AtomicU64,
    /// When a commit was acknowledged last.
    last: Mutex<Instant>,
    longest: Mutex<Duration>,
}

impl Load {
    fn new() -> Self {
        Self {
            stop: AtomicBool::new(false),
            acknowledged: std::array::from_fn(|_| AtomicU64::new(0)),
            faults: AtomicU64::new(0),
            last: Mutex::new(Instant::now()),
            longest: Mutex::default(),
        }
    }

    fn count_up(&self, store: &Postgres, writer: usize) {
        let (one, other) = (format!("{writer}/one"), format!("{writer}/other"));
        while !self.stop.load(Ordering::Acquire) {
            let Ok(read) = block_on(store.get(one.as_bytes())) else {
                self.faults.fetch_add(1, Ordering::AcqRel);
                continue;
            };
            let count = read.as_ref().map_or(0, |record| number(&record.value));
            let batch = match &read {
                Some(record) => Batch::new().expect_version(one.clone(), record.version),
                None => Batch::new().expect_absent(one.clone()),
            };
            let next = (count + 1).to_string();
            match block_on(store.commit(batch.put(one.clone(), next.clone()).put(other.clone(), next))) {
                Ok(_) => self.acknowledge(writer, count + 1),
                // A fault leaves open whether it was committed: read again.
                Err(CommitError::Fault(_)) => drop(self.faults.fetch_add(1, Ordering::AcqRel)),
                Err(CommitError::Conflict(_)) => {
                    assert!(self.faults.load(Ordering::Acquire) > 0, "a conflict, though nobody else writes");
                }
            }
        }
    }

    fn acknowledge(&self, writer: usize, count: u64) {
        let before = self.acknowledged[writer].swap(count, Ordering::AcqRel);
        assert!(count > before, "writer {writer} has counted {before} and finds less");
        let mut last = self.last.lock().unwrap();
        let pause = last.elapsed();
        *last = Instant::now();
        drop(last);
        let mut longest = self.longest.lock().unwrap();
        *longest = longest.max(pause);
    }

    fn total(&self) -> u64 {
        self.acknowledged.iter().map(|count| count.load(Ordering::Acquire)).sum()
    }

    /// Waits until so many more have been acknowledged.
    fn go_on(&self, more: u64) {
        let goal = self.total() + more;
        interop::process::until("commits are acknowledged", || self.total() >= goal);
    }

    fn verify(&self, store: &Postgres) {
        for (writer, promised) in self.acknowledged.iter().enumerate() {
            let read = |name: &str| {
                let record = block_on(store.get(format!("{writer}/{name}").as_bytes())).unwrap();
                record.map_or((0, None), |record| (number(&record.value), Some(record.version)))
            };
            let (one, other) = (read("one"), read("other"));
            assert_eq!(one, other, "half a batch of writer {writer}");
            let promised = promised.load(Ordering::Acquire);
            assert!(one.0 >= promised, "writer {writer} was promised {promised} and finds {}", one.0);
            // Without a fault, each is acknowledged: one that was made twice would show as one too many.
            if self.faults.load(Ordering::Acquire) == 0 {
                assert_eq!(one.0, promised, "writer {writer}");
            }
        }
    }
}

fn number(value: &[u8]) -> u64 {
    std::str::from_utf8(value).unwrap().parse().unwrap()
}

/// Two processes' worth of load on these servers, while `act` does something to them.
fn under_load(connection: &str, act: impl FnOnce(&Load)) {
    let (load, stores) = (Load::new(), [open(connection), open(connection)]);
    thread::scope(|scope| {
        for writer in 0..2 * WRITERS {
            let (load, store) = (&load, &stores[writer % 2]);
            scope.spawn(move || load.count_up(store, writer));
        }
        load.go_on(500);
        act(&load);
        load.go_on(500);
        load.stop.store(true, Ordering::Release);
    });
    load.verify(&stores[0]);
    let (longest, faults) = (*load.longest.lock().unwrap(), load.faults.load(Ordering::Acquire));
    println!(
        "# {} batches, {faults} faults, longest time without an acknowledgement {longest:?}",
        load.total()
    );
}

#[test]
fn a_primary_that_is_killed_under_load_gives_way_to_its_standby_and_no_acknowledged_write_is_lost() {
    if !postgres::have() {
        return;
    }
    for _ in 0..times() {
        let mut primary = Server::start();
        Postgres::migrate(&Address::new(&primary.address(), None).unwrap()).unwrap();
        let standby = primary.standby();
        under_load(&address(&[&primary, &standby]), |_| {
            primary.kill();
            standby.promote();
        });
    }
}

#[test]
fn a_single_server_that_is_killed_under_load_comes_back_with_all_that_was_acknowledged() {
    if !postgres::have() {
        return;
    }
    let mut server = Server::start();
    Postgres::migrate(&Address::new(&server.address(), None).unwrap()).unwrap();
    under_load(&server.address(), |load| {
        for _ in 0..times() {
            server.kill();
            server.run();
            load.go_on(500);
        }
    });
}

#[test]
fn connections_that_are_cut_under_load_leave_no_outcome_open() {
    if !postgres::have() {
        return;
    }
    let server = Server::start();
    Postgres::migrate(&Address::new(&server.address(), None).unwrap()).unwrap();
    under_load(&server.address(), |load| {
        for _ in 0..10 * times() {
            server.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'mcx'");
            load.go_on(50);
        }
        assert_eq!(load.faults.load(Ordering::Acquire), 0, "what was under way is found out");
    });
}

#[test]
fn a_commit_that_no_standby_has_confirmed_is_told_as_a_fault_and_as_nobody_elses() {
    if !postgres::have() {
        return;
    }
    let primary = Server::start();
    Postgres::migrate(&Address::new(&primary.address(), None).unwrap()).unwrap();
    let mut standby = primary.standby();
    let store = open(&primary.address());
    block_on(store.commit(Batch::new().put("before", ""))).unwrap();
    standby.kill();
    let told = thread::scope(|scope| {
        let commits = ["a", "b"].map(|key| store.commit(Batch::new().expect_absent(key).put(key, "1")));
        let told = scope.spawn(|| commits.map(block_on));
        // What an operator does with commits that wait for a standby which is gone: they are made, with a warning.
        while !told.is_finished() {
            primary.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
        }
        told.join().unwrap()
    });
    for outcome in told {
        match outcome {
            Err(CommitError::Fault(fault)) => {
                assert!(fault.to_string().contains("committed with a warning"), "{fault}");
            }
            other => panic!("{other:?}"),
        }
    }
    let written = [&b"a"[..], b"b"].map(|key| block_on(store.get(key)).unwrap());
    assert!(written.iter().all(Option::is_some), "the primary has them all the same");
    standby.run();
    let next = Batch::new().expect_version("a", written[0].as_ref().unwrap().version).put("a", "2");
    block_on(store.commit(next)).unwrap();
}
