//! What a store with a million documents of 4 kB costs: to start, after a clean stop and after a kill; to read; and in memory.
//!
//! `cargo run --release -p mcx-store --example million [-- DOCUMENTS [FOLDER]]` writes about 9 GB there, and deletes it.
#![allow(clippy::disallowed_methods, reason = "measures real time")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a measurement that fails says so"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant, UNIX_EPOCH},
};

use futures::{executor::block_on, future::join_all};
use store::{Batch, Clock, Redb, Store as _};

const DOCUMENTS: u64 = 1_000_000;
const READS: u64 = 200_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [act, path, documents] if act == "fill" => fill(Path::new(path), documents.parse().unwrap()),
        [act, path, documents] if act == "use" => measure(Path::new(path), documents.parse().unwrap()),
        [act, path, documents] if act == "die" => die(Path::new(path), documents.parse().unwrap()),
        [documents, folder] => run(documents.parse().unwrap(), Path::new(folder)),
        [documents] => run(documents.parse().unwrap(), &env::temp_dir()),
        _ => run(DOCUMENTS, &env::temp_dir()),
    }
    ExitCode::SUCCESS
}

/// Each measurement in a process of its own, so that none has the memory of another.
fn run(documents: u64, folder: &Path) {
    let folder = tempfile::tempdir_in(folder).unwrap();
    for count in [1000, documents] {
        let path = folder.path().join(format!("{count}"));
        println!("{count} documents");
        for (act, ends) in [("fill", true), ("use", true), ("die", false), ("use", true)] {
            let mut command = Command::new(env::current_exe().unwrap());
            let status = command.arg(act).arg(&path).arg(count.to_string()).status().unwrap();
            assert_eq!(status.success(), ends, "{act}");
        }
    }
}

fn open(path: &Path) -> Redb {
    Redb::open(path, Clock::still(UNIX_EPOCH)).unwrap()
}

fn key(number: u64) -> String {
    format!("org.openmobilealliance.groups/users/sip:user{number:07}@example.org/index")
}

fn value(number: u64) -> Vec<u8> {
    let mut state = number;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b'a' + (state >> 59) as u8 % 26
    };
    std::iter::repeat_with(next).take(4096).collect()
}

fn fill(path: &Path, documents: u64) {
    let (store, start) = (open(path), Instant::now());
    for first in (0..documents).step_by(2000) {
        let numbers = first..(first + 2000).min(documents);
        let commits = numbers.map(|number| store.commit(Batch::new().put(key(number), value(number))));
        assert!(block_on(join_all(commits)).iter().all(Result::is_ok));
    }
    let size = fs::metadata(path).unwrap().len() >> 20;
    println!("  filled in {:.1?}: {size} MiB", start.elapsed());
}

/// Commits, and then is killed.
fn die(path: &Path, documents: u64) {
    let store = open(path);
    let commits =
        (0..64).map(|number| store.commit(Batch::new().put(key(number % documents), value(number))));
    assert!(block_on(join_all(commits)).iter().all(Result::is_ok));
    let start = Instant::now();
    let commits =
        (0..5000).map(|number| store.commit(Batch::new().put(key(number * 7 % documents), value(number))));
    assert!(block_on(join_all(commits)).iter().all(Result::is_ok));
    println!("  5000 commits in {:.1?}, then killed", start.elapsed());
    let _ = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
    std::thread::sleep(Duration::from_secs(5));
}

fn measure(path: &Path, documents: u64) {
    let start = Instant::now();
    let store = open(path);
    let opened = start.elapsed();
    let (start, before) = (Instant::now(), processor());
    for number in 0..READS {
        let number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % documents;
        assert!(block_on(store.get(key(number).as_bytes())).unwrap().is_some());
    }
    let (read, busy) = (start.elapsed() / READS as u32, (processor() - before) / READS as u32);
    let status = fs::read_to_string(PathBuf::from("/proc/self/status")).unwrap_or_default();
    let memory = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap_or("").to_owned();
    println!("  opened in {opened:.1?}, {read:.2?} a read, {busy:.2?} of it computing, {}", memory("VmHWM"));
}

/// How long this thread has been computing, without what it has waited for the disk.
fn processor() -> Duration {
    let spent = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(spent.split(' ').next().and_then(|spent| spent.parse().ok()).unwrap_or_default())
}
