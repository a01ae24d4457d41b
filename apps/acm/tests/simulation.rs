//! Random lives of two ACM servers, their code as it is, over records in memory and a clock that only the simulation moves: users who
//! log on and off, forget, and decide late; messages that are lost, late, doubled, overtaken, and answered in vain; processes that end
//! at any commit; partners that cannot be reached; aliases that move; requests that expire and are taken back. In every other run some
//! users have two terminals that come, go and fall silent one by one, and an alias may be active on one of them.
//!
//! In the end each request has come to exactly one of answered, refused, expired and withdrawn, of which both sides say the same;
//! nothing that was accepted is lost, nothing is applied twice, and what one asks another comes in order. What is for an alias is sent
//! to a client on which it is active, as far as the server has heard of that, and one that is silent keeps nothing from another.
//!
//! A run follows from its seed. `MCX_SEEDS` says how many there are, a thousand without it; `MCX_SEED` runs one of them alone, and tells
//! what happens in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "whoever runs the simulation says how much of it")]

mod neighbours;
mod profiles;
#[path = "simulation/mod.rs"]
mod run;
mod systems;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use run::{Fault, Simulation};

/// Without `MCX_SEEDS`.
const SEEDS: u64 = 1_000;

/// After so many that fail no others are begun.
const ENOUGH: usize = 5;

/// Within so many seeds a fault of a store is seen.
const SOON: u64 = 120;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// What is wrong after a run.
fn run(seed: u64, is_loud: bool) -> Vec<String> {
    ended(&Simulation::of(seed, is_loud))
}

fn ended(simulation: &Simulation) -> Vec<String> {
    let wrong = catch_unwind(AssertUnwindSafe(|| {
        simulation.run();
        run::wrong(simulation)
    }));
    simulation.end();
    wrong.unwrap_or_else(|_| vec!["somebody panicked".to_owned()])
}

#[test]
fn whatever_befalls_two_servers_and_their_users_every_request_ends_once_and_both_agree() {
    if let Some(seed) = number("MCX_SEED") {
        let wrong = run(seed, true);
        assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
        return;
    }
    let seeds = number("MCX_SEEDS").unwrap_or(SEEDS);
    let (next, failed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let work = || {
        while failed.lock().unwrap().len() < ENOUGH {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return;
            }
            let wrong = run(seed, false);
            if !wrong.is_empty() {
                failed.lock().unwrap().push(format!("MCX_SEED={seed}: {}", wrong.join("\n    ")));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_store_that_breaks_a_promise_is_found_out() {
    for fault in Fault::ALL {
        let found = (0..SOON).find_map(|seed| {
            let wrong = ended(&Simulation::over(seed, false, Some(fault)));
            (!wrong.is_empty()).then_some((seed, wrong))
        });
        let Some((seed, wrong)) = found else { panic!("{fault:?} is not seen in {SOON} seeds") };
        if fault.needs_a_crowd() {
            let sound = ended(&Simulation::over(seed, false, Some(Fault::Nothing)));
            assert!(sound.is_empty(), "without {fault:?} seed {seed}: {sound:?}");
        }
        println!("{fault:?} with seed {seed}: {}", wrong.join("\n    "));
    }
}

#[test]
fn a_seed_says_everything_that_follows() {
    let (one, other) = (trace(7), trace(7));
    assert!(!one.is_empty() && one == other);
}

/// Every case's record at the end of a run.
fn trace(seed: u64) -> Vec<String> {
    let simulation = Simulation::of(seed, false);
    simulation.run();
    let kept = simulation.disks.values().flat_map(|disk| {
        let content = disk.content();
        content.records.iter().map(|(key, record)| format!("{key:?} {:?}", record.value)).collect::<Vec<_>>()
    });
    let kept = kept.collect();
    simulation.end();
    kept
}
