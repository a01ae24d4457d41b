//! What an ACM server bears: requests accepted on disk in a second, a restart over a hundred thousand open ones and a million that have
//! ended, and one user's query among a million that wait for a hundred thousand users, with the memory that this takes.
//!
//! `cargo bench -p mcx-acm --bench requests`
#![allow(clippy::disallowed_methods, missing_docs, reason = "criterion's macros make a function without")]
#![allow(clippy::expect_used, reason = "a benchmark that cannot begin has to fail loudly")]

mod figures;
mod pattern;
mod setup;

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use acm::AcmServer;
use criterion::{Criterion, criterion_group};
use futures::{
    executor::block_on,
    stream::{self, StreamExt as _},
};
use kit::testing::{End, Lab, arrival};
use sip::Message;
use xml_schemas::{
    acm::{PendingDataRequest, PendingDataResponse},
    flow::Carriage as _,
    ids::RequestId,
};

use figures::{Goal, Taken, judge};
use pattern::Pattern;
use setup::{CORE, GATEWAY, config, message, on_disk, open, request, user};

const USERS: usize = 100_000;
const FILL: &str = "fill";
const OVER: &str = "over";
const QUERIES: usize = 20_000;

/// So many at once, each answered once it is on disk; how long that took.
fn accept(lab: &Lab, server: &AcmServer, first: u64, count: u64) -> Duration {
    let service = server.service();
    let all: Vec<Message> = (first..first + count)
        .map(|number| {
            let target = user(usize::try_from(number).expect("few") % 1_000);
            message(lab, &request(&format!("r-{number:012}"), target), "sip:a.example")
        })
        .collect();
    let began = Instant::now();
    let serve = |message: Message| {
        let served = service.serve(message, arrival("inner", GATEWAY));
        async move { assert_eq!(served.await.response.status(), 200) }
    };
    block_on(stream::iter(all).map(serve).buffer_unordered(64).for_each(|()| async {}));
    began.elapsed()
}

fn accepted(c: &mut Criterion) {
    let (lab, folder) = (Lab::new(), tempfile::tempdir().expect("a folder"));
    let store = on_disk(&lab, folder.path());
    let server = open(&lab, &config(1_000), &store);
    let (mut next, mut taken) = (0, Taken::default());
    let mut group = c.benchmark_group("accepted on disk");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.throughput(criterion::Throughput::Elements(1));
    group.bench_function("a request, 64 at once", |bench| {
        bench.iter_custom(|count| {
            next += count;
            taken.add(count, accept(&lab, &server, next - count, count))
        });
    });
    group.finish();
    if let Some(each) = taken.each() {
        judge("requests accepted on disk in a second", 1_000.0 / each, Goal::AtLeast(2_000.0));
    }
}

fn restart(c: &mut Criterion) {
    let (lab, folder, config) = (Lab::new(), tempfile::tempdir().expect("a folder"), config(1_000));
    lab.connect("acm1", GATEWAY, End::Silent);
    let (mut filled, mut taken) = (None, Taken::default());
    let mut group = c.benchmark_group("100,000 open requests among those that have ended");
    group.sample_size(10).measurement_time(Duration::from_secs(15));
    group.bench_function("taken up, each with a letter to tell", |bench| {
        let store = filled.get_or_insert_with(|| {
            let store = on_disk(&lab, folder.path());
            Pattern::ended().fill(&*store, stored(), 1_000, "acm/letter/");
            Pattern::open().fill(&*store, 100_000, 1_000, "");
            store
        });
        bench.iter_custom(|count| {
            let began = Instant::now();
            (0..count).for_each(|_| assert!(!open(&lab, &config, store).is_quiet()));
            taken.add(count, began.elapsed())
        });
    });
    group.finish();
    if let Some(each) = taken.each() {
        judge(
            "milliseconds until 100,000 open requests are taken up, a million ended beside them",
            each,
            Goal::AtMost(2_000.0),
        );
    }
}

fn query(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    if let Some(each) = queried(c, folder.path()) {
        judge("milliseconds until one user of 100,000 is told what waits", each, Goal::AtMost(5.0));
    }
}

/// How many milliseconds each query took; none where none was measured.
fn queried(c: &mut Criterion, folder: &Path) -> Option<f64> {
    let lab = Lab::new();
    lab.connect("acm1", CORE, End::Response(sip::Response::new(480)));
    let (mut filled, mut number, mut taken) = (None, 0, Taken::default());
    let mut group = c.benchmark_group("1,000,000 stored requests, 100,000 users");
    group.sample_size(50).measurement_time(Duration::from_secs(5));
    group.bench_function("what waits for one user", |bench| {
        let server = filled.get_or_insert_with(|| {
            in_a_process_of_its_own(FILL, folder);
            in_a_process_of_its_own(OVER, folder);
            open(&lab, &config(USERS), &on_disk(&lab, folder))
        });
        bench.iter_custom(|count| {
            let began = Instant::now();
            for _ in 0..count {
                number = (number + 7_919) % USERS;
                ask(&lab, server, number);
            }
            taken.add(count, began.elapsed())
        });
        let last = lab.sent(CORE).pop().expect("sent");
        let parts = kit::carriage::parts(&last).expect("bodies");
        assert_eq!(PendingDataResponse::join(&parts).expect("a response").items.len(), stored() / USERS);
    });
    group.finish();
    taken.each()
}

/// Only one process has a store at a time, so this is over before the store is opened here.
fn in_a_process_of_its_own(task: &str, folder: &Path) {
    let program = std::env::current_exe().expect("a program");
    assert!(Command::new(program).arg(task).arg(folder).status().expect("runs").success());
}

/// A client asks what waits for its user, and is told.
fn ask(lab: &Lab, server: &AcmServer, number: usize) {
    let asks = PendingDataRequest::new(RequestId::new(&format!("p-{number}")).expect("valid"), user(number));
    let message = message(lab, &asks, &format!("sip:user{number:06}.imsi@b.example"));
    let reply = block_on(server.service().serve(message, arrival("inner", CORE)));
    assert_eq!(reply.response.status(), 200);
    block_on(reply.after.expect("it is told"));
}

/// Megabytes of this process in memory, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().split(' ').next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default()
        / 1_024
}

criterion_group!(benches, accepted, restart, query);

/// How many requests are stored; `STORED` says otherwise where a disk is small.
fn stored() -> usize {
    std::env::var("STORED").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000)
}

/// What the process that fills a store has taken is not what a server takes: `fill FOLDER` fills one, and ends; `over FOLDER` says what
/// a server takes over it.
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [fill, folder] if fill == FILL => {
            let store = on_disk(&Lab::new(), Path::new(folder));
            Pattern::open().fill(&*store, stored(), USERS, "acm/letter/");
        }
        // What a process takes that has filled nothing, measured nothing and drawn no curves: over a store that is there.
        [over, folder] if over == OVER => {
            let lab = Lab::new();
            lab.connect("acm1", CORE, End::Response(sip::Response::new(480)));
            let server = open(&lab, &config(USERS), &on_disk(&lab, Path::new(folder)));
            eprintln!("resident with a server over what is stored: {} MB", resident());
            let began = Instant::now();
            (0..QUERIES).for_each(|number| ask(&lab, &server, (number * 7_919) % USERS));
            let each = began.elapsed() / u32::try_from(QUERIES).expect("few");
            eprintln!("resident after {QUERIES} queries: {} MB; {each:?} each", resident());
            judge(
                &format!(
                    "megabytes in memory of a server over {} stored requests of {USERS} users",
                    stored()
                ),
                resident() as f64,
                Goal::AtMost(500.0),
            );
        }
        _ => {
            println!("lifted of [acm.limits] throughout: {}", setup::LIFTED);
            benches();
            Criterion::default().configure_from_args().final_summary();
        }
    }
}
