//! The lab's recorder: a ladder that can be waited on.

use std::time::Duration;

use kit::Ladder;
use tokio::sync::Notify;
use wire::{Entry, Kind, Recorder};

use crate::Failure;

/// How long something that has to happen may take.
const PATIENCE: Duration = Duration::from_secs(10);

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
