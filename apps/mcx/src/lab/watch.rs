//! The lab's recorder: a ladder that can be waited on.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, task};
use wire::{Entry, Kind, Recorder};

use crate::Failure;

/// How long something that has to happen may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing is recorded before nothing more is expected.
const QUIET: Duration = Duration::from_millis(200);

/// The same where a run is to repeat: what a disk or a processor that others use too holds up is still of this one.
const QUIET_FOR_ALL: Duration = Duration::from_millis(600);

/// An entry, and which of the tasks that go on side by side said it, counted in the order in which they first say something.
#[derive(Clone)]
pub(super) struct Heard {
    pub(super) entry: Entry,
    pub(super) task: usize,
}

/// A ladder, and a bell for whoever waits for an entry.
#[derive(Default)]
pub(super) struct Watched {
    book: Mutex<Book>,
    bell: Notify,
    /// Whether it is to be the same in the next run.
    repeats: bool,
}

/// What was heard since it was last forgotten.
#[derive(Default)]
struct Book {
    heard: Vec<Heard>,
    /// What runs beside all tasks is the first.
    tasks: Vec<Option<task::Id>>,
    /// How many entries there were at each rest.
    rests: Vec<usize>,
}

impl Recorder for Watched {
    fn record(&self, entry: Entry) {
        self.book().add(entry, task::try_id());
        self.bell.notify_waiters();
    }
}

impl Book {
    fn add(&mut self, entry: Entry, task: Option<task::Id>) {
        let known = self.tasks.iter().position(|known| *known == task);
        let task = known.unwrap_or_else(|| {
            self.tasks.push(task);
            self.tasks.len() - 1
        });
        self.heard.push(Heard { entry, task });
    }
}

impl Watched {
    /// An empty one; whether it is to be the same in the next run.
    pub(super) fn new(repeats: bool) -> Self {
        Self { repeats, ..Self::default() }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happened, as it was heard.
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.book().heard.iter().map(|heard| heard.entry.clone()).collect()
    }

    /// Whether an entry that has been heard is such a one.
    fn any(&self, is_it: impl Fn(&Entry) -> bool) -> bool {
        self.book().heard.iter().any(|heard| is_it(&heard.entry))
    }

    /// Resolves once nothing has been recorded for a while: the answer to the last message is on its way when the report is there.
    pub(super) async fn quiet(&self) {
        let nothing = if self.repeats { QUIET_FOR_ALL } else { QUIET };
        let quiet = async {
            loop {
                let rung = self.bell.notified();
                if tokio::time::timeout(nothing, rung).await.is_err() {
                    return;
                }
            }
        };
        // Somebody who goes on and on is shown as far as that.
        let _ = tokio::time::timeout(PATIENCE, quiet).await;
    }

    /// Resolves once servers have acknowledged so many log-ons to their SIP cores (TS 24.229 5.4.1.7).
    pub(super) async fn log_ons(&self, count: usize) -> Result<(), Failure> {
        let heard =
            |entry: &Entry| matches!(&entry.kind, Kind::Answered { what, .. } if what.starts_with("200"));
        let all = async {
            loop {
                let rung = self.bell.notified();
                if self.entries().iter().filter(|entry| heard(entry)).count() >= count {
                    return;
                }
                rung.await;
            }
        };
        let told = tokio::time::timeout(PATIENCE, all).await;
        told.map_err(|_| Failure::Procedure("the servers were not told who is logged on".to_owned()))
    }
}

impl Watched {
    /// Forgets what has happened so far.
    pub(super) fn clear(&self) {
        *self.book() = Book::default();
    }

    /// Resolves once nobody says anything any more: a person takes longer than the wire. What comes after comes after it in every run.
    pub(super) async fn rest(&self) {
        self.quiet().await;
        let mut book = self.book();
        let count = book.heard.len();
        book.rests.push(count);
    }

    /// What happened, from rest to rest.
    pub(super) fn phases(&self) -> Vec<Vec<Heard>> {
        let (mut left, rests) = {
            let book = self.book();
            (book.heard.clone(), book.rests.clone())
        };
        let mut phases: Vec<_> =
            rests.into_iter().rev().map(|rest| left.split_off(rest.min(left.len()))).collect();
        phases.push(left);
        phases.reverse();
        phases
    }

    /// Resolves once a step of a clause has been taken.
    pub(super) async fn step(&self, clause: &str, step: u8) -> Result<(), Failure> {
        let is_it = |entry: &Entry| matches!(&entry.kind, Kind::Step { clause: of, number, .. } if *of == clause && *number == step);
        let taken = async {
            loop {
                let rung = self.bell.notified();
                if self.any(is_it) {
                    return;
                }
                rung.await;
            }
        };
        let told = tokio::time::timeout(PATIENCE, taken).await;
        told.map_err(|_| Failure::Procedure(format!("step {step} of {clause} was not taken in time")))
    }
}
