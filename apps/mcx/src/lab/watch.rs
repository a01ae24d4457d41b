//! The lab's recorder: a ladder that can be waited on.

use std::time::Duration;

use kit::Ladder;
use tokio::sync::Notify;
use wire::{Entry, Kind, Recorder};

use crate::Failure;

/// How long something that has to happen may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing is recorded before nothing more is expected.
const QUIET: Duration = Duration::from_millis(200);

/// A ladder, and a bell for whoever waits for an entry.
#[derive(Default)]
pub(super) struct Watched {
    pub(super) ladder: Ladder,
    bell: Notify,
}

impl Recorder for Watched {
    fn record(&self, entry: Entry) {
        self.ladder.record(entry);
        self.bell.notify_waiters();
    }
}

impl Watched {
    /// Resolves once nothing has been recorded for a while: the answer to the last message is on its way when the report is there.
    pub(super) async fn quiet(&self) {
        let quiet = async {
            loop {
                let rung = self.bell.notified();
                if tokio::time::timeout(QUIET, rung).await.is_err() {
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
                if self.ladder.entries().iter().filter(|entry| heard(entry)).count() >= count {
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
    /// Resolves once a step of a clause has been taken.
    pub(super) async fn step(&self, clause: &str, step: u8) -> Result<(), Failure> {
        let is_it = |entry: &Entry| matches!(&entry.kind, Kind::Step { clause: of, number, .. } if *of == clause && *number == step);
        let taken = async {
            loop {
                let rung = self.bell.notified();
                if self.ladder.entries().iter().any(is_it) {
                    return;
                }
                rung.await;
            }
        };
        let told = tokio::time::timeout(PATIENCE, taken).await;
        told.map_err(|_| Failure::Procedure(format!("step {step} of {clause} was not taken in time")))
    }
}

/// Each answer right below what it answers. In which order somebody who answers and somebody who was waiting for that message are
/// heard is chance, and nothing that a run could repeat.
pub(super) fn in_order(entries: Vec<Entry>) -> Vec<Entry> {
    let mut ordered: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        let asked = match &entry.kind {
            Kind::Answered { to, .. } => ordered.iter().rposition(|sent| {
                let is_for_us = matches!(&sent.kind, Kind::Sent { to, .. } if *to == entry.entity);
                is_for_us && sent.entity == *to && sent.flow == entry.flow
            }),
            _ => None,
        };
        ordered.insert(asked.map_or(ordered.len(), |place| place + 1), entry);
    }
    ordered
}

/// What belongs together, one after the other: the entries of a flow, and those of two who tell each other outside of any. Which
/// of two that go on beside each other is heard first is chance; here the one that has come to the lower step of the clause is first,
/// and of two at one step the one that began first.
pub(super) fn by_thread(entries: Vec<Entry>) -> Vec<Entry> {
    let mut threads: Vec<(String, Vec<Entry>, u8)> = Vec::new();
    let mut highest = 0;
    for entry in entries {
        let (thread, step) = (thread(&entry), step(&entry));
        let known = threads.iter().position(|(known, ..)| *known == thread);
        // A server answers a client in a flow of its own.
        let asked = || {
            threads.iter().rposition(|(_, entries, _)| entries.last().is_some_and(|last| asks(last, &entry)))
        };
        match known.or_else(asked).and_then(|place| threads.get_mut(place)) {
            Some((_, entries, _)) => entries.push(entry),
            None => threads.push((thread, vec![entry], highest)),
        }
        highest = highest.max(step.unwrap_or_default());
    }
    let placed = threads.into_iter().flat_map(|(_, entries, begun)| {
        let mut reached = entries.iter().find_map(step).unwrap_or(begun);
        entries.into_iter().map(move |entry| {
            reached = reached.max(step(&entry).unwrap_or_default());
            (reached, entry)
        })
    });
    let mut placed: Vec<(u8, Entry)> = placed.collect();
    placed.sort_by_key(|(reached, _)| *reached);
    placed.into_iter().map(|(_, entry)| entry).collect()
}

/// Whether `answer` answers what `entry` sends.
fn asks(entry: &Entry, answer: &Entry) -> bool {
    match (&entry.kind, &answer.kind) {
        (Kind::Sent { to, .. }, Kind::Answered { to: asker, .. }) => {
            *to == answer.entity && *asker == entry.entity
        }
        _ => false,
    }
}

fn step(entry: &Entry) -> Option<u8> {
    match entry.kind {
        Kind::Step { number, .. } => Some(number),
        _ => None,
    }
}

fn thread(entry: &Entry) -> String {
    match &entry.kind {
        Kind::Sent { to, .. } | Kind::Answered { to, .. } if entry.flow.is_empty() => {
            let mut both = [&*entry.entity, &**to];
            both.sort_unstable();
            both.join(" ")
        }
        _ => entry.flow.clone(),
    }
}
