//! What every entity of both systems reports: the ladder as it stands, and all steps since the start.

use std::collections::BTreeSet;

use kit::Ladder;
use parking_lot::Mutex;
use wire::{Entry, Kind, Recorder};

/// A ladder that also keeps the steps of what was cleared from it.
#[derive(Debug, Default)]
pub struct Recording {
    ladder: Ladder,
    steps: Mutex<BTreeSet<(&'static str, u8)>>,
}

impl Recorder for Recording {
    fn record(&self, entry: Entry) {
        if let Kind::Step { clause, number, .. } = entry.kind {
            self.steps.lock().insert((clause, number));
        }
        self.ladder.record(entry);
    }
}

impl Recording {
    /// The ladder since it was last cleared.
    #[must_use]
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// Every step that was taken by anybody since the start: clause and number.
    #[must_use]
    pub fn steps(&self) -> Vec<(&'static str, u8)> {
        self.steps.lock().iter().copied().collect()
    }
}
