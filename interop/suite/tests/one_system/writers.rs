//! Clients who write at both processes at once, each on condition that nobody else has, and who know what they were promised.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use interop::{
    process::until,
    xcap::{Answer, Client},
};

use super::{group, own, selector};

/// How many write at once, half of them at each process.
pub const WRITERS: usize = 8;

/// Before a writer asks again that nobody has answered.
const PAUSE: Duration = Duration::from_millis(20);

/// What writers were told.
#[derive(Default)]
pub struct Told {
    pub stop: AtomicBool,
    /// By writer: the last count of his that was acknowledged.
    acknowledged: Mutex<HashMap<usize, u64>>,
    writes: AtomicUsize,
    /// By entity tag: how many writes succeeded on the condition that it holds.
    won: Mutex<HashMap<String, usize>>,
    conflicts: AtomicUsize,
    unavailable: AtomicUsize,
    pub unanswered: AtomicUsize,
}

impl Told {
    pub fn total(&self) -> usize {
        self.writes.load(Ordering::Acquire)
    }

    pub fn go_on(&self, more: usize) {
        let goal = self.total() + more;
        until("writes are acknowledged", || self.total() >= goal);
    }

    /// Counts up a member of its own in a document that others write too, at the processes in turn, on condition that nobody
    /// else has changed it.
    pub fn write(&self, clients: &mut [Client], name: &str, writer: usize) {
        let path = selector(name);
        for attempt in 0.. {
            if self.stop.load(Ordering::Acquire) {
                return;
            }
            let at = (writer + attempt / 10) % clients.len();
            let client = &mut clients[at];
            let Some(read) = self.take(client.get(&path)).filter(Answer::is_success) else { continue };
            let mut counts = counts(&read.body);
            self.keeps(&counts, writer);
            let next = counts.get(&writer).map_or(1, |count| count + 1);
            counts.insert(writer, next);
            let body =
                group(name, counts.iter().map(|(writer, count)| own(&format!("writer-{writer}-{count}"))));
            let Some(put) = self.take(client.put(&path, Some(("If-Match", read.etag())), &body)) else {
                continue;
            };
            match put.status {
                200 => {
                    assert_ne!(put.etag(), read.etag());
                    *self.won.lock().unwrap().entry(read.etag().to_owned()).or_default() += 1;
                    self.acknowledged.lock().unwrap().insert(writer, next);
                    self.writes.fetch_add(1, Ordering::AcqRel);
                }
                412 => drop(self.conflicts.fetch_add(1, Ordering::AcqRel)),
                503 => {}
                status => panic!("{status}: {}", put.body),
            }
        }
    }

    /// What was acknowledged to this writer is there.
    fn keeps(&self, counts: &BTreeMap<usize, u64>, writer: usize) {
        let promised = self.acknowledged.lock().unwrap().get(&writer).copied().unwrap_or(0);
        let found = counts.get(&writer).copied().unwrap_or(0);
        assert!(found >= promised, "writer {writer} was promised {promised} and finds {found}");
    }

    /// Counts what was no answer to the question; a server that cannot answer says so, and when to come again.
    pub fn take(&self, answer: Option<Answer>) -> Option<Answer> {
        match &answer {
            None => {
                self.unanswered.fetch_add(1, Ordering::AcqRel);
                // Nobody listens: whoever asks again at once asks in vain.
                thread::park_timeout(PAUSE);
            }
            Some(answer) if answer.status == 503 => {
                assert!(answer.field("retry-after").parse::<u32>().is_ok_and(|wait| wait > 0), "{answer:?}");
                assert!(answer.body.contains("urn:x-mcx:cause:"), "{answer:?}");
                self.unavailable.fetch_add(1, Ordering::AcqRel);
            }
            Some(_) => {}
        }
        answer
    }

    /// No two have won on one condition, and what was acknowledged is there.
    pub fn verify(&self, document: &str) {
        let won = self.won.lock().unwrap();
        let twice: Vec<_> = won.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "two writers succeeded on one condition: {twice:?}");
        (0..WRITERS).for_each(|writer| self.keeps(&counts(document), writer));
        let of = |count: &AtomicUsize| count.load(Ordering::Acquire);
        println!(
            "# {} writes, {} conflicts, {} unavailable, {} unanswered",
            self.total(),
            of(&self.conflicts),
            of(&self.unavailable),
            of(&self.unanswered)
        );
    }
}

/// By writer, how far a document says that he has counted.
fn counts(document: &str) -> BTreeMap<usize, u64> {
    let of = |rest: &str| {
        let (writer, count) = rest.split_once('@')?.0.split_once('-')?;
        Some((writer.parse().ok()?, count.parse().ok()?))
    };
    document.split("sip:writer-").skip(1).filter_map(of).collect()
}
