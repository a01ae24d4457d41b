//! What an ACM server keeps, and how it is found: nothing of it is in memory, so that any process over the same store may go on.
//!
//! | Key | What |
//! |---|---|
//! | `acm/case/CASE` | one request: [`crate::case`]; from its end on for as long as `keep-closed` says |
//! | `acm/open/i/SYSTEM/USER/ID`, `…/o/USER/ID` | a request without an end, by who asked: [`crate::room`] |
//! | `acm/closed/i/SYSTEM/USER/ID`, `…/o/USER/ID` | one that has ended since, for as long as it is kept, with what it counts for |
//! | `acm/refused/SYSTEM/ID` | a partner's request that ended as it came, for as long as `keep-refused` says: of it a digest is kept |
//! | `acm/letter/SEQ` | a message that a partner has still to accept: [`crate::outbox`] |
//! | `acm/lane/SYSTEM/LANE/SEQ` | one that goes in the order of its initiator and target |
//! | `acm/turn/SYSTEM/LANE`, `acm/turn-in/SYSTEM/LANE` | the last place that was given out there, and among what came, for a day |
//! | `acm/work/CASE` | a decision whose consequences have still to be drawn, with its place |
//! | `acm/next/USER/SEQ` | one of those about this user, in the order of the decisions |
//! | `acm/place/USER` | the last place that was given out there, for a day |
//! | `acm/due/TIME/CASE` | an open request that expires |
//! | `acm/wait/USER/n/SEQ`, `…/t/SEQ` | what waits for a user: not yet told to his client, and told |
//! | `acm/role/ALIAS/SEQ` | what waits for whoever holds an alias |
//! | `acm/by/USER/SEQ` | what a user has asked, or has had to handle |
//! | `acm/receipt/PARTNER/FLOW/DIGEST/ID` | a flow that a partner has confirmed; for as long as its case may be kept |
//! | `acm/receipt-due/FLOW/DIGEST/CASE` | what came of a partner, for which he has still to be given a receipt |
//! | `acm/sent/PARTNER/FLOW/DIGEST/ID` | an indication, a withdrawal or what came of one, for whose receipt it is kept that it was sent; until it is delivered, and a month more |
//! | `acm/audit-key/PARTNER` | the first key with which a partner has signed, where that one counts |
//! | `acm/audit-end/PARTNER/CHAIN` | the end of a partner's audit log, as he told it last |
//! | `acm/profile/CASE` | what a profile update has changed; as long as its case |
//! | `acm/admitted/SYSTEM/USER` | a partner's user who was admitted by a request of his system, until he is removed |
//! | `acm/undoing/CASE` | whom a request of his system does not bring here after all, and what was begun for him; until it has ended |
//! | `acm/abroad/SYSTEM/USER` | who a user of ours is in a partner's system, as that has said |
//! | `acm/on/IMPU`, `acm/pub/IMPU` | who is logged on, by which clients as far as they say, for as long as the registration, or the publication, lasts |
//!
//! A restart reads letters and work, and of what is open, later and by the way, for which system it is: what waits for people and what has ended costs nothing until it is asked for.

mod changes;
mod effects;
pub(crate) mod keys;
mod records;

use std::{fmt::Display, sync::Arc, time::SystemTime};

use audit::Chain;
use kit::Fault;
use store::{Batch, CommitError, Store, Version};
use xml_schemas::{
    acm::{AuditReceipt, Kind},
    flow::Flow as _,
};

use crate::{
    case::{Case, CaseKey, Seq, Unreadable},
    metrics::Metrics,
    outbox::Letter,
    sequence::Sequence,
};

pub(crate) use changes::{Changes, Turn};
pub use effects::Effects;
pub(crate) use records::{Open, Waiting};

/// Records that are counted at once.
const COUNTED: usize = 4_096;

/// Milliseconds of Unix time.
pub(crate) fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn moment(millis: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(millis)
}

/// What came of a commit.
#[must_use]
pub(crate) enum Written {
    /// It is kept. These letters are to be delivered.
    Done(Vec<(Seq, Letter)>),
    /// Somebody else was first.
    Conflict,
}

impl Written {
    /// Where it does not matter who was first.
    pub(crate) fn done(self) {}
}

/// For so many milliseconds from its delivery on it is known that something was sent of which nothing else is kept.
const SENT: u64 = 30 * 86_400_000;

/// Where it stands that a letter was sent of which nothing else is kept: what a partner confirms has to be known here. Of requests and
/// responses the case knows.
fn sent(letter: &Letter) -> Option<String> {
    let flow = letter.kept.name();
    let is_known = Kind::of(flow).is_some() || flow == AuditReceipt::NAME;
    (!is_known)
        .then(|| keys::sent(&letter.partner, letter.case.request_id().as_str(), flow, letter.kept.sum()))
}

/// What stands first in a record that counts.
fn weight(value: &[u8]) -> usize {
    let first = std::str::from_utf8(value).ok().and_then(|text| text.split(' ').next());
    first.and_then(|number| number.parse().ok()).unwrap_or(1)
}

/// The records of a server.
pub(crate) struct Book {
    store: Arc<dyn Store>,
    sequence: Sequence,
    entity: Arc<str>,
    metrics: Metrics,
    /// The audit log; none where none is kept.
    chain: Option<Chain>,
}

impl Book {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        entity: Arc<str>,
        metrics: Metrics,
        chain: Option<Chain>,
        mark: &str,
    ) -> Self {
        Self { store, sequence: Sequence::new(mark), entity, metrics, chain }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The audit log; none where none is kept.
    pub(crate) fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }

    pub(crate) fn entity(&self) -> &Arc<str> {
        &self.entity
    }

    /// A request, and which writing of it; none where there is none, or none any more, or one that cannot be read.
    pub(crate) async fn case(&self, key: &CaseKey) -> Result<Option<(Case, Version)>, Fault> {
        Ok(self.found(key).await?.and_then(Result::ok))
    }

    /// The same, for whoever must not write what is there already.
    pub(crate) async fn found(
        &self,
        key: &CaseKey,
    ) -> Result<Option<Result<(Case, Version), Unreadable>>, Fault> {
        let Some(record) = self.store.get(keys::case(key).as_bytes()).await? else { return Ok(None) };
        let case = Case::decode(key, &record.value).inspect_err(|bad| self.unreadable(&key.text(), bad.0));
        Ok(Some(case.map(|case| (case, record.version))))
    }

    /// A record cannot be read: it keeps nothing else from anybody, but whoever runs the server hears of it.
    pub(crate) fn unreadable(&self, record: &str, what: impl Display) {
        tracing::error!(target: "mcx::fault", entity = %self.entity, record, %what, "a record of the store cannot be read");
        self.metrics.happened(&self.entity, "unreadable");
    }

    /// How many requests the records under a prefix count for, up to so many: each for as many as its value says, or one.
    pub(crate) async fn count(&self, prefix: &str, most: usize) -> Result<usize, Fault> {
        let (mut after, mut count): (Option<String>, usize) = (None, 0);
        while count < most {
            let page = self.page(prefix, after.as_deref(), COUNTED.min(most - count)).await?;
            count += page.iter().map(|(_, value)| weight(value)).sum::<usize>();
            match page.into_iter().last() {
                Some((last, _)) => after = Some(last),
                None => break,
            }
        }
        Ok(count)
    }

    /// What is open under a prefix, after a key, at most so many; with where each stands.
    pub(crate) async fn open(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Option<Open>)>, Fault> {
        let page = self.page(prefix, after, limit).await?;
        Ok(page.into_iter().map(|(tail, value)| (tail, Open::decode(&value))).collect())
    }

    /// The next place in a lane: later than any that this or another process over the same store has given out there, whatever
    /// their clocks say.
    pub(crate) async fn turn(&self, partner: &str, lane: &str, now: u64) -> Result<Turn, Fault> {
        self.turn_at(keys::turn(partner, lane), now).await
    }

    /// The same of what comes of one user of a partner for one target.
    pub(crate) async fn turn_in(&self, partner: &str, pair: &str, now: u64) -> Result<Turn, Fault> {
        self.turn_at(keys::turn_in(partner, pair), now).await
    }

    async fn turn_at(&self, key: String, now: u64) -> Result<Turn, Fault> {
        let seen = self.store.get(key.as_bytes()).await?;
        let last = seen.as_ref().and_then(|record| Seq::read(std::str::from_utf8(&record.value).ok()?));
        last.iter().for_each(|last| self.sequence.after(*last));
        Ok(Turn { key, seen: seen.map(|record| record.version), seq: self.sequence.next(now), now })
    }

    /// The next place behind all that was decided about these users: the same of each of them.
    pub(crate) async fn places(&self, users: &[String], now: u64) -> Result<(Seq, Vec<Turn>), Fault> {
        let mut turns = Vec::with_capacity(users.len());
        for user in users {
            turns.push(self.turn_at(keys::place(user), now).await?);
        }
        let place = self.sequence.next(now);
        turns.iter_mut().for_each(|turn| turn.seq = place);
        Ok((place, turns))
    }

    /// The first letter that waits in a lane, whichever process has written it.
    pub(crate) async fn first_of(&self, partner: &str, lane: &str) -> Result<Option<Seq>, Fault> {
        let first = self.page(&keys::lane(partner, lane), None, 1).await?.pop();
        first.map(|(tail, _)| Seq::read(&tail).ok_or_else(|| Fault::new("a lane cannot be read"))).transpose()
    }

    /// Makes changes, all of them or none.
    pub(crate) async fn write(&self, changes: Changes) -> Result<Written, Fault> {
        let Changes { batch, letters, settled, happened, entries } = changes;
        // An act and its entry are kept together or not at all.
        let batch = match &self.chain {
            Some(chain) => entries.iter().fold(batch, |batch, entry| chain.append(batch, entry)),
            None => batch,
        };
        let batch = if self.chain().is_some_and(Chain::is_signed) {
            // It may wait for as long as the partner is away, and is confirmed after that.
            let batch = letters
                .iter()
                .filter_map(|(_, letter)| sent(letter))
                .fold(batch, |batch, key| batch.put(key, ""));
            settled.iter().fold(batch, |batch, (letter, now)| match sent(letter) {
                Some(key) => batch.put_until(key, "", moment(now.saturating_add(SENT))),
                None => batch,
            })
        } else {
            settled.iter().filter_map(|(letter, _)| sent(letter)).fold(batch, Batch::delete)
        };
        match self.store.commit(batch).await {
            Ok(_) => {
                for event in happened {
                    self.metrics.happened(&self.entity, event);
                }
                Ok(Written::Done(letters))
            }
            Err(CommitError::Conflict(_)) => Ok(Written::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes changes of which nobody is told; how what they write is known from then on. None where somebody else was first.
    pub(crate) async fn mark(&self, changes: Changes) -> Result<Option<Version>, Fault> {
        match self.store.commit(changes.batch).await {
            Ok(version) => Ok(Some(version)),
            Err(CommitError::Conflict(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The records under a prefix, after a key, at most so many: what follows the prefix in the key, and the value.
    pub(crate) async fn page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, bytes::Bytes)>, Fault> {
        let after = after.map(|after| format!("{prefix}{after}"));
        let entries = self.store.scan(prefix.as_bytes(), after.as_deref().map(str::as_bytes), limit).await?;
        let tail = |entry: store::Entry| {
            let key = std::str::from_utf8(&entry.key).ok()?.strip_prefix(prefix)?.to_owned();
            Some((key, entry.record.value))
        };
        Ok(entries.into_iter().filter_map(tail).collect())
    }
}
