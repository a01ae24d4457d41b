//! The promise that a partner has a group of ours, as the store keeps it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use kit::Fault;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::Batch;

use crate::{group::GroupId, keys};

/// How many contents that a partner may hold of us are remembered.
const REMEMBERED: usize = 8;

/// Why a partner has a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Its users are members.
    Members,
    /// An administrator said so.
    Listed,
    /// It has not: an administrator said so.
    Barred,
}

/// What a partner is to be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The group as it is now.
    Provide,
    /// That it has the group no longer.
    Withdraw,
}

/// What a partner holds, as its last answer said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Held {
    /// Its strong entity tag of what we provided; empty where it has none.
    pub etag: String,
    /// The digest of what we provided.
    pub digest: String,
    /// Our own entity tag of the document that this was made of.
    pub source: String,
}

/// What a partner was given last when it asked for it (10.2.7.3 step 3). Whether it keeps it, and under which entity tag, is its own
/// to know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Given {
    /// The digest of what it was given.
    pub digest: String,
    /// Our own entity tag of the document that this was made of.
    pub source: String,
}

/// What a partner holds that is none of ours.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Conflict {
    /// Its entity tag.
    pub etag: String,
    /// Ours, of what was to take its place.
    pub ours: String,
}

/// One group's share with one partner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Share {
    /// Which group.
    pub group: String,
    /// Which partner, by its configured name.
    pub partner: String,
    /// Why.
    pub why: Why,
    /// What it is still to be told.
    pub task: Option<Task>,
    /// Counts what it was to be told so far, so that who has told it something knows whether there is news since.
    pub round: u64,
    /// The replica that is telling it, until the moment `until`.
    pub by: Option<String>,
    /// In milliseconds since 1970.
    pub until: u64,
    /// How often that was tried in vain.
    pub attempts: u32,
    /// When it is tried next, in milliseconds since 1970.
    pub next: u64,
    /// Digests of what it was sent, or given on request: the last ones.
    pub told: Vec<String>,
    /// What it holds.
    pub held: Option<Held>,
    /// What it was given since.
    #[serde(default)]
    pub given: Option<Given>,
    /// What it holds instead.
    pub conflict: Option<Conflict>,
    /// An administrator has said that whatever it holds instead is to be overwritten, until it is told what is due.
    #[serde(default)]
    pub overwrites: bool,
    /// Why the last attempt failed: a cause's name or a status.
    pub last: Option<String>,
}

impl Share {
    /// A share that is due.
    #[must_use]
    pub fn new(group: &GroupId, partner: &str, why: Why) -> Self {
        Self {
            group: group.as_str().to_owned(),
            partner: partner.to_owned(),
            why,
            task: Some(Task::Provide),
            round: 0,
            by: None,
            until: 0,
            attempts: 0,
            next: 0,
            told: Vec::new(),
            held: None,
            given: None,
            conflict: None,
            overwrites: false,
            last: None,
        }
    }

    /// Reads a record of the store.
    #[must_use]
    pub fn read(value: &[u8]) -> Option<Self> {
        serde_json::from_slice(value).ok()
    }

    /// From now on the partner is to be told this, at once.
    pub fn due(&mut self, task: Task) {
        (self.task, self.attempts, self.next, self.last) = (Some(task), 0, 0, None);
        self.round += 1;
    }

    /// Nothing is left to be told.
    pub fn settled(&mut self) {
        (self.task, self.attempts, self.next, self.overwrites) = (None, 0, 0, false);
    }

    /// It could not be told, and is to be told again after a pause that grows, or the one that was asked for where that is longer
    /// (RFC 9110 10.2.3): a partner that asks for none is told no sooner than one that says nothing.
    pub fn again(&mut self, now: u64, wait: Option<Duration>) {
        self.attempts = self.attempts.saturating_add(1);
        let wait = pause(self.attempts).max(wait.unwrap_or_default());
        self.next = now.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    }

    /// From now until then this replica tells it. False where another one does: not for longer than twice as long as this one would, by
    /// whatever clock it took its lease.
    pub fn lease(&mut self, replica: &str, now: u64, until: u64) -> bool {
        let longest = until.saturating_add(until.saturating_sub(now));
        let is_leased = self.until > now && self.until <= longest;
        if is_leased && self.by.as_deref().is_some_and(|by| by != replica) {
            return false;
        }
        (self.by, self.until, self.next) = (Some(replica.to_owned()), until, until);
        true
    }

    /// This replica tells it no longer.
    pub fn release(&mut self) {
        (self.by, self.until) = (None, 0);
    }

    /// Remembers what the partner may hold from now on.
    pub fn tell(&mut self, digest: &str) {
        self.told.retain(|told| told != digest);
        self.told.push(digest.to_owned());
        let excess = self.told.len().saturating_sub(REMEMBERED);
        self.told.drain(..excess);
    }

    /// The partner has answered what it holds: what it was given before that, as `told` says, is of no account any more.
    pub fn answered(&mut self, told: Option<&Given>) {
        if self.given.as_ref() == told {
            self.given = None;
        }
    }

    /// Whether the partner has nothing and is to have nothing.
    #[must_use]
    pub fn is_void(&self) -> bool {
        self.why == Why::Barred && self.task.is_none() && self.held.is_none() && self.told.is_empty()
    }

    /// Whether this content is one that we gave.
    #[must_use]
    pub fn is_ours(&self, digest: &str) -> bool {
        let held = self.held.as_ref().is_some_and(|held| held.digest == digest);
        held || self.told.iter().any(|told| told == digest)
    }

    /// Adds the record to a batch, and with it whether there is something to do.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be written down.
    pub fn keep(&self, batch: Batch, group: &GroupId) -> Result<Batch, Fault> {
        let batch = batch.put(keys::share(group, &self.partner), written(self)?);
        let mark = keys::deliver(&self.partner, group);
        Ok(match self.task {
            Some(_) => batch.put(mark, Bytes::from(self.next.to_string())),
            None => batch.delete(mark),
        })
    }

    /// Adds its removal to a batch.
    #[must_use]
    pub fn forget(batch: Batch, group: &GroupId, partner: &str) -> Batch {
        batch.delete(keys::share(group, partner)).delete(keys::deliver(partner, group))
    }
}

/// A record as the store keeps it.
///
/// # Errors
/// [`Fault`] where it cannot be written down: nothing may be kept in its place.
pub(crate) fn written(record: &impl Serialize) -> Result<Bytes, Fault> {
    serde_json::to_vec(record).map(Bytes::from).map_err(|why| Fault::new(format!("a record: {why}")))
}

/// Milliseconds since 1970.
#[must_use]
pub fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// How long to wait after so many attempts in vain: a second, doubled each time, 256 s at most.
#[must_use]
pub fn pause(attempts: u32) -> Duration {
    Duration::from_secs(1_u64 << attempts.saturating_sub(1).min(8))
}

/// A digest of content (SHA-256, 128 bits of it), to recognise what was sent.
#[must_use]
pub fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Share, Why, pause};
    use crate::group::GroupId;

    #[test]
    fn pauses_double_up_to_256_seconds() {
        let seconds: Vec<u64> = (1..=10).map(|attempts| pause(attempts).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 256]);
        assert_eq!(pause(u32::MAX).as_secs(), 256);
    }

    #[test]
    fn rfc9110_10_2_3_a_partner_may_ask_for_a_longer_pause_and_not_for_a_shorter_one() {
        let group = GroupId::new("sip:fire@a.example").expect("a group");
        let mut share = Share::new(&group, "b.example", Why::Members);
        let mut next = |seconds| {
            share.again(0, Some(Duration::from_secs(seconds)));
            share.next
        };
        assert_eq!([next(0), next(0), next(30), next(0)], [1_000, 2_000, 30_000, 8_000]);
    }

    #[test]
    fn a_lease_by_a_clock_that_was_ahead_holds_nobody_up() {
        let group = GroupId::new("sip:fire@a.example").expect("a group");
        let mut share = Share::new(&group, "b.example", Why::Members);
        assert!(share.lease("one", 0, 10_000), "nobody has it");
        assert!(!share.lease("two", 5_000, 15_000), "the other one has");
        assert!(share.lease("two", 10_000, 20_000), "it is over");
        assert!(share.lease("one", 3_600_000, 3_610_000), "long over");
        assert!(!share.lease("two", 3_599_000, 3_609_000), "a clock a second behind");
        assert!(share.lease("two", 0, 10_000), "nobody tells for an hour");
    }

    #[test]
    fn the_last_contents_told_are_remembered_once_each() {
        let group = GroupId::new("sip:fire@a.example").expect("a group");
        let mut share = Share::new(&group, "b.example", Why::Members);
        (0..20).for_each(|each| share.tell(&each.to_string()));
        share.tell("15");
        assert_eq!(share.told.len(), 8);
        assert!(share.is_ours("15") && share.is_ours("19") && !share.is_ours("1"));
    }
}
