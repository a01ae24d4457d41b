//! The audit log as an entity's procedures write to it.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use audit::{Chain, Entry};
use store::{Batch, Store};
use wire::Clock;
use xcap::{Target, Tree};

use super::{
    acts::Acts,
    refusals::{Refusals, Spared},
};
use crate::{
    documents::Change,
    policy::{Answer, Ruling},
    refusal::Cause,
};

/// About so many octets of a name are entered of what was refused.
const LONGEST: usize = 256;

/// The audit log of an entity, or none where none is kept. A clone is the same log.
#[derive(Clone, Default)]
pub struct Log(Option<Arc<Kept>>);

struct Kept {
    chain: Chain,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    refused: Refusals,
    acts: Acts,
}

impl Log {
    /// Acts go into this chain, which lies in the same store as what they change.
    #[must_use]
    pub fn new(chain: Chain, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self(Some(Arc::new(Kept {
            chain,
            store,
            clock,
            refused: Refusals::default(),
            acts: Acts::default(),
        })))
    }

    /// No log is kept.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// The chain, for whoever keeps its end; none where no log is kept.
    #[must_use]
    pub fn chain(&self) -> Option<&Chain> {
        self.0.as_ref().map(|kept| &kept.chain)
    }

    /// An act of somebody, now.
    #[must_use]
    pub fn act(&self, act: impl Into<String>, by: impl Into<String>) -> Entry {
        Entry::new(self.0.as_ref().map_or(UNIX_EPOCH, |kept| kept.clock.wall()), act, by)
    }

    /// A document has been written or deleted: by whom, which, and the digest of what it is now. `part` is the part of mcx whose
    /// document it is; `own` stands for it where it changes one of its own accord.
    #[must_use]
    pub fn changed(&self, part: &str, own: &str, change: &Change<'_>) -> Entry {
        let what = if change.after.is_some() { "written" } else { "deleted" };
        let act = self.act(format!("{part}.document.{what}"), change.by.unwrap_or(own));
        let entry = change.claims.iter().map(|claim| claim.value.as_str());
        let mut on: Vec<&str> = entry.collect();
        on.sort_unstable();
        on.dedup();
        let act = on.into_iter().fold(act.on(named(change.target)), Entry::on);
        match change.after {
            Some(text) => act.bytes(text.as_bytes()),
            None => act,
        }
    }

    /// Puts an entry into the batch of the act that it tells of: there is neither without the other.
    #[must_use]
    pub fn enter(&self, batch: Batch, entry: &Entry) -> Batch {
        match &self.0 {
            Some(kept) => kept.chain.append(batch, entry),
            None => batch,
        }
    }

    /// Who has acted how often, and the moment.
    pub(super) fn acts(&self) -> Option<(&Acts, SystemTime)> {
        self.0.as_ref().map(|kept| (&kept.acts, kept.clock.wall()))
    }

    /// As [`Log::note`] enters it, for a batch in which more is kept.
    pub fn sparing(&self, asker: &str, entry: Entry) -> Spared<'_> {
        let Some(kept) = &self.0 else { return Spared::nothing() };
        let entry = Entry { on: entry.on.into_iter().map(shortened).collect(), ..entry };
        kept.refused.spare(asker, entry, kept.clock.wall())
    }

    /// Enters what changes nothing else: a refusal, or a question. `asker` is who gave rise to it. Whoever asks again and again what he may not
    /// fills no disk: beyond 30 in a minute they are counted, and the next that is entered says how many there were (`missed`). A
    /// store that fails is told to the operator's log; the refusal stays one.
    pub async fn note(&self, asker: &str, entry: Entry) {
        let Some(kept) = &self.0 else { return };
        let spared = self.sparing(asker, entry);
        let Some(entry) = spared.entry() else { return spared.happened() };
        match kept.store.commit(kept.chain.append(Batch::new(), entry)).await {
            Ok(_) => spared.happened(),
            Err(fault) => {
                tracing::error!(target: "mcx::fault", act = entry.act, ?fault, "what was refused or asked does not stand in the audit log");
            }
        }
    }
}

/// What was asked for may be named by whoever may not ask: with as many octets as he likes.
fn shortened(mut name: String) -> String {
    if let Some((place, _)) = name.char_indices().find(|(place, _)| *place >= LONGEST) {
        name.truncate(place);
        name.push('…');
    }
    name
}

/// A document as the log names it: usage, tree and name, as below the XCAP root.
#[must_use]
pub fn named(target: &Target) -> String {
    match &target.tree {
        Tree::Global => format!("{}/global/{}", target.auid, target.document),
        Tree::User(xui) => format!("{}/users/{xui}/{}", target.auid, target.document),
    }
}

/// With what policy said, and by which rule.
#[must_use]
pub fn ruled(entry: Entry, ruling: &Ruling) -> Entry {
    let verdict = match &ruling.answer {
        Answer::Allow => "allow".to_owned(),
        Answer::Refuse(cause) => format!("refuse {}", cause.name()),
        Answer::Defer(_) => "defer".to_owned(),
    };
    entry.ruled(verdict, ruling.rule.clone())
}

/// Refused for this cause, where no rule of policy says so but what the procedure demands before it asks one.
#[must_use]
pub fn refused_for(entry: Entry, cause: Cause) -> Entry {
    entry.ruled(format!("refuse {}", cause.name()), "precondition")
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Log").field(&self.chain().map(Chain::id)).finish()
    }
}

#[cfg(test)]
mod tests;
