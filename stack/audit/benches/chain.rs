//! What the log costs: entries written each with its own act, and a chain verified.

#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::{
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use audit::{Chain, Entry, Key, verify};
use aws_lc_rs::{encoding::AsDer as _, signature::Ed25519KeyPair};
use criterion::{Criterion, criterion_group, criterion_main};
use futures::{
    executor::block_on,
    future,
    stream::{self, StreamExt as _},
};
use store::{Batch, Clock, Redb, Store};

const NAME: &str = "acm1.a.example";

fn key() -> Key {
    let pair = Ed25519KeyPair::generate().unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    Key::from_pkcs8(der.as_ref()).unwrap()
}

fn open(folder: &tempfile::TempDir) -> (Arc<dyn Store>, Chain) {
    let path = folder.path().join("store.redb");
    let store: Arc<dyn Store> = Arc::new(Redb::open(&path, Clock::new(SystemTime::now)).unwrap());
    let chain =
        block_on(Chain::open(Arc::clone(&store), NAME, Some(key()), "bench", SystemTime::now())).unwrap();
    (store, chain)
}

fn entry(number: u64) -> Entry {
    Entry::new(SystemTime::now(), "acm.request.stored", "sip:alice@primary.example")
        .on("sip:bob@partner.example")
        .of(format!("7f2c1d7e-3a55-4f36-8f2d-{number:012x}"))
        .partner("partner.example")
        .ruled("allow", "acm.flows.user-profile-update")
        .bytes(b"<acm-info/>")
}

/// So many acts, 1,024 of them under way at once, while the chain is sealed beside them; until all are in their place.
fn written(store: &Arc<dyn Store>, chain: &Chain, count: u64) {
    let acts = stream::iter(0..count).map(|number| {
        let batch = Batch::new().put(format!("case/{number:016x}"), vec![0; 400]);
        store.commit(chain.append(batch, &entry(number)))
    });
    let acts = acts.buffer_unordered(1_024).for_each(|done| {
        done.unwrap();
        future::ready(())
    });
    let are_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !are_done.load(Ordering::Acquire) {
                block_on(chain.seal(SystemTime::now())).unwrap();
                thread::sleep(Duration::from_millis(1));
            }
            block_on(chain.seal(SystemTime::now())).unwrap();
        });
        block_on(acts);
        are_done.store(true, Ordering::Release);
    });
}

fn writing(c: &mut Criterion) {
    let mut best = Duration::MAX;
    let mut group = c.benchmark_group("audit");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("10,000 entries written with their acts", |b| {
        b.iter_custom(|rounds| {
            let mut taken = Duration::ZERO;
            for _ in 0..rounds {
                let folder = tempfile::tempdir().unwrap();
                let (store, chain) = open(&folder);
                let begun = Instant::now();
                written(&store, &chain, 10_000);
                let elapsed = begun.elapsed();
                (taken, best) = (taken + elapsed, best.min(elapsed));
            }
            taken
        });
    });
    group.finish();
    judge("10,000 entries are written", best, Duration::from_secs(1));
}

/// A figure, beside what it is to come to.
fn judge(what: &str, best: Duration, goal: Duration) {
    if best < Duration::MAX {
        println!("{what} in {best:.2?}, goal {goal:?}: {}", if best <= goal { "met" } else { "NOT met" });
    }
}

fn verifying(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (store, chain) = open(&folder);
    // Many to a batch, since only the chain itself is measured.
    for page in 0..1_000 {
        let batch =
            (0..1_000).fold(Batch::new(), |batch, each| chain.append(batch, &entry(page * 1_000 + each)));
        block_on(store.commit(batch)).unwrap();
        block_on(chain.seal(SystemTime::now())).unwrap();
    }
    let mut best = Duration::MAX;
    let mut group = c.benchmark_group("audit");
    group.sample_size(10).measurement_time(Duration::from_secs(30));
    group.bench_function("a million entries verified", |b| {
        b.iter(|| {
            let begun = Instant::now();
            let report = block_on(verify(&*store, NAME, &[], &[])).unwrap();
            best = best.min(begun.elapsed());
            assert!(report.is_sound() && report.entries == 1_000_000);
            black_box(report)
        });
    });
    group.finish();
    judge("a million entries are verified", best, Duration::from_secs(5));
}

criterion_group!(benches, writing, verifying);
criterion_main!(benches);
