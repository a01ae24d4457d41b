//! `kill -9` at random points while many write: what was acknowledged is there afterwards, and no half batch.
//!
//! The test runs itself again as the process that is killed. `MCX_KILLS` says how often, 200 times where it says nothing.
#![allow(clippy::disallowed_methods, reason = "a real process, killed in real time")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::HashMap,
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant, UNIX_EPOCH},
};

use futures::executor::block_on;
use store::{Batch, Clock, Redb, Store as _};

/// How many write at once.
const WRITERS: u64 = 8;

/// How many records each batch puts, all with the same number in them.
const PARTS: u64 = 4;

/// Names the file to the process that is killed.
const FILE: &str = "MCX_STORE_FILE";

fn open(path: &Path) -> Redb {
    Redb::open(path, Clock::still(UNIX_EPOCH)).unwrap()
}

fn key(writer: u64, part: u64) -> String {
    format!("writer/{writer}/{part}")
}

/// What a writer puts the `round`th time: records that grow and shrink, so that pages are split and freed.
fn batch(writer: u64, round: u64) -> Batch {
    let mut value = round.to_be_bytes().to_vec();
    value.resize(8 + (round * 997 % 6000) as usize, writer as u8);
    let puts = (0..PARTS).fold(Batch::new(), |batch, part| batch.put(key(writer, part), value.clone()));
    // A record that comes and goes.
    if round.is_multiple_of(2) {
        puts.put(format!("odd/{writer}"), "")
    } else {
        puts.delete(format!("odd/{writer}"))
    }
}

/// The round of a writer; panics over half a batch.
fn round(store: &Redb, writer: u64) -> u64 {
    let parts = (0..PARTS).map(|part| block_on(store.get(key(writer, part).as_bytes())).unwrap());
    let parts: Vec<_> = parts.map(|part| part.map(|record| (record.version, record.value))).collect();
    assert!(parts.windows(2).all(|pair| pair[0] == pair[1]), "half a batch of writer {writer}");
    let Some((_, value)) = &parts[0] else { return 0 };
    let round = u64::from_be_bytes(value[..8].try_into().unwrap());
    let odd = block_on(store.get(format!("odd/{writer}").as_bytes())).unwrap();
    assert_eq!(odd.is_some(), round.is_multiple_of(2), "half a batch of writer {writer}");
    round
}

/// The process that is killed: says `open`, and then each round that was acknowledged, once it has been.
#[test]
#[ignore = "run by the test below, which kills it"]
fn victim() {
    let Some(path) = env::var_os(FILE) else { return };
    let store = open(Path::new(&path));
    // Not `println`, which the harness may keep to itself. A line leaves at once and whole.
    let say = |line: String| std::io::stdout().write_all(line.as_bytes()).unwrap();
    say("open\n".to_owned());
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                for next in round(store, writer) + 1.. {
                    block_on(store.commit(batch(writer, next))).unwrap();
                    say(format!("{writer} {next}\n"));
                }
            });
        }
    });
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there_after_it() {
    let kills: u64 = env::var("MCX_KILLS").map_or(200, |kills| kills.parse().expect("a number"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let (mut state, mut total, mut slowest) = (0x2026_1121_u64, 0, Duration::ZERO);
    for number in 0..kills {
        // Knuth, TAOCP 3.3.4.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let acknowledged = kill_after(&path, Duration::from_micros((state >> 33) % 150_000));
        let start = Instant::now();
        let store = open(&path);
        slowest = slowest.max(start.elapsed());
        for writer in 0..WRITERS {
            let (found, promised) = (round(&store, writer), acknowledged.get(&writer).copied().unwrap_or(0));
            assert!(found >= promised, "kill {number}: writer {writer} was promised {promised}, has {found}");
            total += found.saturating_sub(promised);
        }
    }
    let store = open(&path);
    let rounds: u64 = (0..WRITERS).map(|writer| round(&store, writer)).sum();
    println!("{kills} kills, {rounds} batches, {total} of them not told; slowest start {slowest:?}");
    assert!(slowest < Duration::from_secs(2));
    assert!(rounds > kills, "hardly anything was written");
}

/// Runs the victim for so long once it has the file open, and hands back what it was told to be acknowledged.
fn kill_after(path: &Path, time: Duration) -> HashMap<u64, u64> {
    let mut victim = Command::new(env::current_exe().unwrap());
    victim.args(["--ignored", "--exact", "victim", "--nocapture", "--quiet"]).env(FILE, path);
    let mut victim = victim.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap());
    let told = Arc::new(Mutex::new(HashMap::new()));
    let (telling, (is_open, opened)) = (Arc::clone(&told), std::sync::mpsc::channel());
    let reader = std::thread::spawn(move || {
        // The last line may have been cut off by the kill: it is complete only with its end.
        for line in lines.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            if line == "open" {
                let _ = is_open.send(());
            } else if let Some((writer, round)) = line.split_once(' ')
                && let (Ok(writer), Ok(round)) = (writer.parse(), round.parse())
            {
                telling.lock().unwrap().insert(writer, round);
            }
        }
    });
    opened.recv().expect("the victim opens the file");
    // Nothing else says when: the point is chosen at random.
    let (_nobody, pause) = std::sync::mpsc::channel::<()>();
    let _ = pause.recv_timeout(time);
    victim.kill().unwrap();
    victim.wait().unwrap();
    reader.join().unwrap();
    Arc::into_inner(told).unwrap().into_inner().unwrap()
}
