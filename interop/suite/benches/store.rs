//! Durable commits per second through the store's interface: documents of 4 kB, 64 writers, each waiting for its own.
//!
//! `cargo bench -p mcx-interop --bench store`
#![allow(clippy::disallowed_methods, reason = "measures real time")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a benchmark that fails says so")]

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant, UNIX_EPOCH},
};

use futures::{executor::block_on, future::join_all};
use interop::postgres::{Server, address, have};
use store::{Address, Batch, Clock, Postgres, Redb, Store};

const WRITERS: u64 = 64;

/// Over how many documents each writer goes, again and again: a store of some 250 MB; and of 50, which is verified whole when
/// it is opened and pays less for each commit.
const DOCUMENTS: u64 = 500;
const FEW: u64 = 100;

/// Before the measurement, and its length.
const WARM: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(8);

fn clock() -> Clock {
    Clock::still(UNIX_EPOCH)
}

/// Text as an XML document is, different each time.
fn document(writer: u64, round: u64) -> Vec<u8> {
    let line = |number: u64| {
        format!("<entry uri=\"sip:user{:016x}@example.org\"/>\n", (writer << 40) ^ (round << 8) ^ number)
    };
    let mut text: Vec<u8> =
        (0..80_u64).flat_map(|number| line(number.wrapping_mul(0x9E37_79B9)).into_bytes()).collect();
    text.resize(4096, b' ');
    text
}

struct Tally {
    is_counting: AtomicBool,
    is_over: AtomicBool,
    commits: AtomicU64,
    slowest: AtomicU64,
}

async fn write(store: &dyn Store, tally: &Tally, writer: u64, documents: u64) {
    for round in 0.. {
        if tally.is_over.load(Ordering::Relaxed) {
            return;
        }
        let (key, start) = (format!("doc/{writer}/{}", round % documents), Instant::now());
        store.commit(Batch::new().put(key, document(writer, round))).await.unwrap();
        if tally.is_counting.load(Ordering::Relaxed) {
            tally.commits.fetch_add(1, Ordering::Relaxed);
            tally.slowest.fetch_max(start.elapsed().as_micros() as u64, Ordering::Relaxed);
        }
    }
}

fn measure(name: &str, goal: u64, documents: u64, store: &dyn Store) {
    let tally = Tally {
        is_counting: AtomicBool::new(false),
        is_over: AtomicBool::new(false),
        commits: AtomicU64::new(0),
        slowest: AtomicU64::new(0),
    };
    let mut took = Duration::ZERO;
    std::thread::scope(|scope| {
        scope
            .spawn(|| block_on(join_all((0..WRITERS).map(|writer| write(store, &tally, writer, documents)))));
        std::thread::sleep(WARM);
        tally.is_counting.store(true, Ordering::Relaxed);
        let start = Instant::now();
        std::thread::sleep(LONG);
        tally.is_counting.store(false, Ordering::Relaxed);
        took = start.elapsed();
        tally.is_over.store(true, Ordering::Relaxed);
    });
    let rate = tally.commits.load(Ordering::Relaxed) as f64 / took.as_secs_f64();
    let slowest = tally.slowest.load(Ordering::Relaxed) as f64 / 1000.0;
    println!("{name:<36} {rate:>8.0} commits/s  (goal {goal})  slowest {slowest:.0} ms");
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    for (name, documents) in [("redb", DOCUMENTS), ("redb, few documents", FEW)] {
        measure(name, 5000, documents, &Redb::open(&folder.path().join(name), clock()).unwrap());
    }
    if !have() {
        return;
    }
    let server = Server::start();
    let of = |connection: &str| Address::new(connection, None).unwrap();
    Postgres::migrate(&of(&server.address())).unwrap();
    measure("PostgreSQL", 3000, DOCUMENTS, &Postgres::open(of(&server.address()), clock()).unwrap());
    let standby = server.standby();
    let both = Postgres::open(of(&address(&[&server, &standby])), clock()).unwrap();
    measure("PostgreSQL, synchronous standby", 1000, DOCUMENTS, &both);
}
