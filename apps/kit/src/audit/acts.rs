//! What of acts without end stands in the audit log: a partner that changes what it keeps here again and again fills no disk.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use audit::Entry;
use store::Batch;

use super::Log;

/// In this time one more act is entered: 30 in a minute.
const EACH: Duration = Duration::from_secs(2);

/// Acts of each partner, by its configured name.
#[derive(Default)]
pub(super) struct Acts(Mutex<HashMap<String, Spent>>);

/// Of what may be entered at once.
struct Spent {
    acts: u64,
    as_of: SystemTime,
    missed: u32,
}

impl Spent {
    /// As of a moment: time gives back. A clock that is set back begins anew.
    fn renew(&mut self, now: SystemTime) {
        self.as_of = self.as_of.min(now);
        let passed = now.duration_since(self.as_of).unwrap_or_default();
        let back = u64::try_from(passed.as_millis() / EACH.as_millis()).unwrap_or(u64::MAX);
        if self.acts <= back {
            (self.acts, self.as_of) = (0, now);
        } else {
            self.acts -= back;
            self.as_of += EACH * u32::try_from(back).unwrap_or(u32::MAX);
        }
    }
}

impl Acts {
    /// How many were missed before this one; none where it is missed itself.
    fn admit(&self, by: &str, most: u64, now: SystemTime) -> Option<u32> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = all.entry(by.to_owned()).or_insert(Spent { acts: 0, as_of: now, missed: 0 });
        spent.renew(now);
        if spent.acts >= most {
            spent.missed = spent.missed.saturating_add(1);
            return None;
        }
        spent.acts += 1;
        Some(std::mem::take(&mut spent.missed))
    }

    /// It has not happened.
    fn take_back(&self, by: &str, admitted: Option<u32>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(spent) = all.get_mut(by) else { return };
        match admitted {
            Some(missed) => {
                spent.acts = spent.acts.saturating_sub(1);
                spent.missed = spent.missed.saturating_add(missed);
            }
            None => spent.missed = spent.missed.saturating_sub(1),
        }
    }
}

/// Whether an act is entered by itself or counted, until it has happened or has not.
#[must_use]
pub struct Admitted<'l> {
    log: &'l Log,
    by: String,
    missed: Option<u32>,
    has_happened: bool,
}

impl Log {
    /// An act of somebody who may act without end, a partner by its configured name. So many are entered at once, and 30 more in each
    /// minute; beyond them they are counted, and the next that is entered says how many there were (`missed`).
    pub fn admit<'l>(&'l self, by: &str, most: usize) -> Admitted<'l> {
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let missed = self.acts().and_then(|(acts, now)| acts.admit(by, most, now));
        Admitted { log: self, by: by.to_owned(), missed, has_happened: false }
    }
}

impl Admitted<'_> {
    /// Puts the entry into the batch of its act, where it is to stand by itself.
    pub fn enter(&self, batch: Batch, entry: Entry) -> Batch {
        match self.missed {
            Some(0) => self.log.enter(batch, &entry),
            Some(missed) => self.log.enter(batch, &entry.with("missed", missed.to_string())),
            None => batch,
        }
    }

    /// The batch has been committed.
    pub fn happened(mut self) {
        self.has_happened = true;
    }
}

/// What was not committed is neither entered nor counted.
impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if let Some((acts, _)) = self.log.acts().filter(|_| !self.has_happened) {
            acts.take_back(&self.by, self.missed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_from_the_log_for_longer() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let acts = Acts::default();
        assert_eq!(acts.admit("b", 1, at(100_000)), Some(0));
        assert_eq!(acts.admit("b", 1, at(100_000)), None);
        assert_eq!(acts.admit("b", 1, at(1_000)), None, "an hour ago and more");
        assert_eq!(acts.admit("b", 1, at(1_002)), Some(2), "two seconds later there");
    }
}
