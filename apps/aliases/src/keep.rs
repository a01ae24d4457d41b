//! What is promised is in the store first.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
    time::SystemTime,
};

use audit::Entry;
use futures::stream::BoxStream;
use kit::{Done, Fault, audit::Log};
use parking_lot::RwLock;
use store::{Batch, CommitError, Event, Happened, Store, Version};
use xml_schemas::ids::{FunctionalAlias, McServiceId};

use crate::{
    book::Book,
    holding::{Held, Holding},
};

/// Before the keys of the holdings, each of one alias.
pub(crate) const PREFIX: &str = "aliases/held/";

/// How many holdings are read at a time.
const PAGE: usize = 1_000;

/// How often a change is tried anew that another has overtaken.
const ATTEMPTS: usize = 16;

/// The holdings of some aliases, while they are changed.
pub(crate) type Holdings = BTreeMap<FunctionalAlias, Holding>;

pub(crate) struct Kept {
    pub(crate) store: Arc<dyn Store>,
    /// Where every change of hands stands, and every one that is refused.
    pub(crate) log: Log,
    book: RwLock<Book>,
}

impl Kept {
    pub(crate) async fn open(store: Arc<dyn Store>, log: Log) -> Result<Self, Fault> {
        let kept = Self { store, log, book: RwLock::default() };
        kept.read_again().await?;
        Ok(kept)
    }

    pub(crate) fn watch(&self) -> BoxStream<'static, Result<Event, store::Fault>> {
        self.store.watch(PREFIX.as_bytes())
    }

    pub(crate) fn holders(&self, alias: &FunctionalAlias, now: SystemTime) -> Vec<Held> {
        self.book.read().holders(alias, now)
    }

    pub(crate) fn held_by(&self, user: &McServiceId, now: SystemTime) -> Vec<FunctionalAlias> {
        self.held(|_, held| held.user == *user && held.until > now)
    }

    pub(crate) fn held(&self, which: impl Fn(&FunctionalAlias, &Held) -> bool) -> Vec<FunctionalAlias> {
        self.book.read().held(which)
    }

    /// Every alias that is held, with the state that it is in.
    pub(crate) fn all(&self) -> BTreeMap<FunctionalAlias, Version> {
        let book = self.book.read();
        let with_version = |alias: FunctionalAlias| book.version(&alias).map(|version| (alias, version));
        book.aliases().into_iter().filter_map(with_version).collect()
    }

    pub(crate) fn next_end(&self) -> Option<SystemTime> {
        self.book.read().next_end()
    }

    /// Changes how these aliases are held, all of them or none. What has ended by itself is taken out first. `edit` says what is to
    /// be entered in the log, and may be called again where somebody else was first.
    ///
    /// # Errors
    /// As `edit`; [`Fault`] where the store cannot keep it: then nothing has changed.
    pub(crate) async fn change<T>(
        &self,
        aliases: &BTreeSet<FunctionalAlias>,
        now: SystemTime,
        edit: impl Fn(&mut Holdings, &mut Vec<Entry>) -> Done<T>,
    ) -> Done<T> {
        for _ in 0..ATTEMPTS {
            let (mut holdings, mut batch) = (Holdings::new(), Batch::new());
            for alias in aliases {
                let (holding, version) = self.read(alias).await?;
                batch = match version {
                    Some(version) => batch.expect_version(key(alias), version),
                    None => batch.expect_absent(key(alias)),
                };
                holdings.insert(alias.clone(), holding);
            }
            let before = holdings.clone();
            let mut entries = retire(&mut holdings, now);
            let outcome = edit(&mut holdings, &mut entries)?;
            for (alias, holding) in &holdings {
                if before.get(alias) != Some(holding) {
                    batch = put(batch, alias, holding)?;
                }
            }
            if batch.changes().is_empty() {
                return Ok(outcome);
            }
            batch = entries.iter().fold(batch, |batch, entry| self.log.enter(batch, entry));
            match self.store.commit(batch).await {
                Ok(_) => return Ok(outcome),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Fault(fault)) => return Err(Fault::from(fault).into()),
            }
        }
        Err(Fault::new("an alias is changed by too many at once").into())
    }

    async fn read(&self, alias: &FunctionalAlias) -> Result<(Holding, Option<Version>), Fault> {
        let found = self.store.get(key(alias).as_bytes()).await.map_err(Fault::from)?;
        let Some(found) = found else { return Ok((Holding::default(), None)) };
        let holding = Holding::read(&found.value);
        let holding = holding.ok_or_else(|| Fault::new("what is kept of an alias cannot be read"))?;
        Ok((holding, Some(found.version)))
    }

    /// The record of this key has changed. Which alias it is of, and who was or is a holder.
    pub(crate) async fn follow(
        &self,
        event: &Event,
    ) -> Result<Option<(FunctionalAlias, HashSet<McServiceId>)>, Fault> {
        let Some(alias) = of_key(&event.key) else { return Ok(None) };
        let now = match event.change {
            Happened::Put => match self.read(&alias).await? {
                (holding, Some(version)) => Some((holding, version)),
                (_, None) => None,
            },
            Happened::Deleted => None,
        };
        let concerned = self.book.write().set(&alias, now);
        Ok(Some((alias, concerned)))
    }

    /// Reads everything anew: at a start, and where changes were missed.
    pub(crate) async fn read_again(&self) -> Result<(), Fault> {
        let (mut after, mut found): (Option<Vec<u8>>, HashSet<FunctionalAlias>) = (None, HashSet::new());
        loop {
            let page =
                self.store.scan(PREFIX.as_bytes(), after.as_deref(), PAGE).await.map_err(Fault::from)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.to_vec());
            let mut book = self.book.write();
            for entry in &page {
                if let Some((alias, holding)) = of_key(&entry.key).zip(Holding::read(&entry.record.value)) {
                    book.set(&alias, Some((holding, entry.record.version)));
                    found.insert(alias);
                }
            }
        }
        let mut book = self.book.write();
        for gone in book.aliases().into_iter().filter(|alias| !found.contains(alias)) {
            book.set(&gone, None);
        }
        Ok(())
    }
}

fn retire(holdings: &mut Holdings, now: SystemTime) -> Vec<Entry> {
    let expired = |(alias, holding): (&FunctionalAlias, &mut Holding)| {
        let gone = holding.retire(now).into_iter();
        let entry = |held: Held| entered(now, "alias.expired", "aliases.lifetime", alias, &held);
        gone.map(entry).collect::<Vec<_>>()
    };
    holdings.iter_mut().flat_map(expired).collect()
}

/// That this happened to what he held.
pub(crate) fn entered(now: SystemTime, act: &str, by: &str, alias: &FunctionalAlias, held: &Held) -> Entry {
    Entry::new(now, act, by).on(alias.as_str()).on(held.user.as_str()).with("client", &*held.client)
}

fn put(batch: Batch, alias: &FunctionalAlias, holding: &Holding) -> Result<Batch, Fault> {
    if holding.0.is_empty() {
        return Ok(batch.delete(key(alias)));
    }
    let bytes = holding.bytes().map_err(|why| Fault::new(why.to_string()))?;
    Ok(batch.put(key(alias), bytes))
}

fn key(alias: &FunctionalAlias) -> String {
    format!("{PREFIX}{}", alias.as_str())
}

fn of_key(key: &[u8]) -> Option<FunctionalAlias> {
    FunctionalAlias::new(std::str::from_utf8(key).ok()?.strip_prefix(PREFIX)?).ok()
}
