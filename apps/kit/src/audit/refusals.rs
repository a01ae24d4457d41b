//! What of refusals without end stands in the audit log: whoever asks again and again what he may not fills no disk.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use audit::Entry;

/// So many refusals of one asker are entered in a [`WINDOW`]; the next one that is entered says how many were not.
pub(super) const MOST: u32 = 30;
pub(super) const WINDOW: Duration = Duration::from_secs(60);

/// So many askers are counted apart; the rest together.
pub(super) const ASKERS: usize = 1_024;

#[derive(Default)]
pub(super) struct Refusals(Mutex<HashMap<String, Window>>);

/// What has been refused to one asker of late.
struct Window {
    since: SystemTime,
    entered: u32,
    missed: u32,
}

impl Window {
    fn is_over(&self, now: SystemTime) -> bool {
        now.duration_since(self.since).map_or(true, |passed| passed >= WINDOW)
    }
}

/// A refusal that is entered by itself or counted, until that has been kept.
#[must_use]
pub struct Spared<'l> {
    refusals: Option<&'l Refusals>,
    name: String,
    missed: u32,
    entry: Option<Entry>,
}

impl Refusals {
    /// Whether it is entered, and how many were missed before it.
    pub(super) fn spare(&self, asker: &str, entry: Entry, now: SystemTime) -> Spared<'_> {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !refused.contains_key(asker) && refused.len() >= ASKERS {
            let is_over = |window: &Window| window.missed == 0 && window.is_over(now);
            refused.retain(|_, window| !is_over(window));
        }
        let name = if refused.contains_key(asker) || refused.len() < ASKERS { asker } else { "" }.to_owned();
        let window = refused.entry(name.clone()).or_insert(Window { since: now, entered: 0, missed: 0 });
        if window.is_over(now) {
            (window.since, window.entered) = (now, 0);
        }
        if window.entered >= MOST {
            window.missed = window.missed.saturating_add(1);
            return Spared { refusals: Some(self), name, missed: 0, entry: None };
        }
        window.entered += 1;
        let missed = std::mem::take(&mut window.missed);
        let entry = if missed > 0 { entry.with("missed", missed.to_string()) } else { entry };
        Spared { refusals: Some(self), name, missed, entry: Some(entry) }
    }

    fn take_back(&self, name: &str, missed: u32, was_entered: bool) {
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(window) = refused.get_mut(name) else { return };
        if was_entered {
            window.entered = window.entered.saturating_sub(1);
            window.missed = window.missed.saturating_add(missed);
        } else {
            window.missed = window.missed.saturating_sub(1);
        }
    }
}

impl Spared<'_> {
    /// Where no log is kept.
    pub(super) fn nothing() -> Self {
        Self { refusals: None, name: String::new(), missed: 0, entry: None }
    }

    /// What stands in the log; none where it is counted only.
    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        self.entry.as_ref()
    }

    /// It has been kept.
    pub fn happened(mut self) {
        self.refusals = None;
    }
}

/// What was not kept is neither entered nor counted.
impl Drop for Spared<'_> {
    fn drop(&mut self) {
        if let Some(refusals) = self.refusals {
            refusals.take_back(&self.name, self.missed, self.entry.is_some());
        }
    }
}
