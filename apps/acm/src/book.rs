//! What an ACM server keeps, and how it is found: nothing of it is in memory, so that any process over the same store may go on.
//!
//! | Key | What |
//! |---|---|
//! | `acm/case/CASE` | one request: [`crate::case`]; from its end on for as long as `keep-closed` says |
//! | `acm/letter/SEQ` | a message that a partner has still to accept: [`crate::outbox`] |
//! | `acm/work/CASE` | a decision whose consequences have still to be drawn |
//! | `acm/due/TIME/CASE` | an open request that expires |
//! | `acm/wait/USER/n/SEQ`, `…/t/SEQ` | what waits for a user: not yet told to his client, and told |
//! | `acm/role/ALIAS/SEQ` | what waits for whoever holds an alias |
//! | `acm/by/USER/SEQ` | what a user has asked, or has had to handle |
//! | `acm/on/IMPU` | who is logged on, for as long as the registration lasts |
//!
//! A restart reads letters and work, and nothing else: what waits for people and what has ended costs nothing until it is asked for.

mod changes;
pub(crate) mod keys;

use std::{sync::Arc, time::SystemTime};

use audit::Chain;
use kit::Fault;
use store::{CommitError, Store, Version};

use crate::{
    case::{Case, CaseKey, Seq},
    metrics::Metrics,
    outbox::Letter,
    sequence::Sequence,
};

pub use changes::Effects;
pub(crate) use changes::{Changes, Waiting};

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

    /// A request, and which writing of it; none where there is none, or none any more.
    pub(crate) async fn case(&self, key: &CaseKey) -> Result<Option<(Case, Version)>, Fault> {
        let Some(record) = self.store.get(keys::case(key).as_bytes()).await? else { return Ok(None) };
        Ok(Some((Case::decode(key, &record.value)?, record.version)))
    }

    /// Makes changes, all of them or none.
    pub(crate) async fn write(&self, changes: Changes) -> Result<Written, Fault> {
        let Changes { batch, letters, happened, entries } = changes;
        // An act and its entry are kept together or not at all.
        let batch = match &self.chain {
            Some(chain) => entries.iter().fold(batch, |batch, entry| chain.append(batch, entry)),
            None => batch,
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
