//! What a store must do, as tests that every engine passes.
//!
//! An engine's own tests call [`run`] with a way to make an empty store. A test here knows the trait and nothing else.
//! What is particular to an engine (its file, its thread, its faults) is tested beside the engine.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod conditions;
mod expiring;
mod ranges;
mod records;
mod watching;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::executor::block_on;

use crate::{Batch, Clock, CommitError, Record, Store, Version};

type Test = fn(&dyn Store);

/// Runs every test on a store of its own, which goes by the clock that is handed over.
///
/// # Panics
/// A test fails. Its name has been printed.
pub fn run<S: Store>(mut fresh: impl FnMut(Clock) -> S) {
    let tests = [records::TESTS, conditions::TESTS, ranges::TESTS, watching::TESTS];
    for (name, test) in tests.into_iter().flatten() {
        println!("{name}");
        test(&fresh(Hand::new().clock()));
    }
    for (name, test) in expiring::TESTS {
        println!("{name}");
        let hand = Hand::new();
        test(&fresh(hand.clock()), &hand);
    }
}

/// Moves a clock.
#[derive(Clone)]
struct Hand(Arc<AtomicU64>);

impl Hand {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_000_000)))
    }

    fn clock(&self) -> Clock {
        let hand = self.clone();
        Clock::new(move || hand.after(0))
    }

    /// So many seconds from now.
    fn after(&self, seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::Acquire) + seconds)
    }

    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::AcqRel);
    }
}

fn get(store: &dyn Store, key: &str) -> Option<Record> {
    block_on(store.get(key.as_bytes())).unwrap()
}

fn value_of(store: &dyn Store, key: &str) -> String {
    String::from_utf8(get(store, key).expect("a record").value.to_vec()).unwrap()
}

fn version_of(store: &dyn Store, key: &str) -> Option<Version> {
    get(store, key).map(|record| record.version)
}

fn commit(store: &dyn Store, batch: Batch) -> Version {
    block_on(store.commit(batch)).unwrap()
}

fn keys(store: &dyn Store, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let found = block_on(store.scan(prefix.as_bytes(), after.map(str::as_bytes), limit)).unwrap();
    found.into_iter().map(|entry| String::from_utf8(entry.key.to_vec()).unwrap()).collect()
}

fn assert_conflict(store: &dyn Store, batch: Batch, key: &str) {
    match block_on(store.commit(batch)) {
        Err(CommitError::Conflict(conflict)) => assert_eq!(conflict.key, key.as_bytes()),
        other => panic!("expected a conflict about {key}, got {other:?}"),
    }
}

/// Entities share one store between their tasks.
#[cfg(test)]
#[test]
fn a_store_can_be_shared() {
    fn shared<T: Send + Sync + ?Sized>() {}
    shared::<Arc<dyn Store>>();
}
