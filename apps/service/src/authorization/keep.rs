//! Bindings and the store: read from the start on, changed there first, and followed where other processes change them.

use std::{sync::Arc, time::Duration};

use kit::{Done, Fault, Impu};
use parking_lot::RwLock;
use store::{Batch, Entry, Event, Store, Version};
use xml_schemas::ids::McServiceId;

use super::{Binding, Client, index::Index, moment, record};
use crate::loading::{FIRST, Loading, PAGE};

/// How long a record outlives what it says, so that an end which nobody was there to see is still seen.
const LINGER: Duration = Duration::from_secs(86_400);

/// What is bound to an identity, and what is to be: kept in one commit with whatever else changes with it.
pub(crate) struct Draft {
    pub(crate) impu: Impu,
    pub(crate) before: Binding,
    pub(crate) after: Binding,
    version: Option<Version>,
}

/// The bindings of one server.
pub(super) struct Kept {
    pub(super) store: Arc<dyn Store>,
    pub(super) index: RwLock<Index>,
    pub(super) loading: Loading,
}

impl Kept {
    /// What is kept, as far as it is read at once.
    pub(super) async fn open(store: Arc<dyn Store>) -> Result<Self, Fault> {
        let (mut index, mut after) = (Index::default(), None);
        for _ in (0..FIRST).step_by(PAGE) {
            let page = store.scan(record::PREFIX.as_bytes(), after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(Self { store, index: RwLock::new(index), loading: Loading::default() });
            };
            after = Some(last.key.clone());
            page.iter().for_each(|entry| take(&mut index, entry));
        }
        Ok(Self { store, index: RwLock::new(index), loading: Loading::from(after.unwrap_or_default()) })
    }

    /// Reads on by a page; whether there is more.
    pub(super) async fn read_on(&self) -> Result<bool, Fault> {
        let Some(after) = self.loading.after() else { return Ok(false) };
        let page = self.store.scan(record::PREFIX.as_bytes(), Some(&after), PAGE).await?;
        let mut index = self.index.write();
        let Some(last) = page.last() else {
            self.loading.finish();
            return Ok(false);
        };
        page.iter().filter(|entry| self.loading.takes(&entry.key)).for_each(|entry| take(&mut index, entry));
        self.loading.read_to(&last.key);
        Ok(true)
    }

    /// Makes sure that the index says of this identity what is kept.
    pub(super) async fn know(&self, impu: &Impu) -> Result<(), Fault> {
        if self.loading.is_done() {
            return Ok(());
        }
        let key = record::key(impu);
        if self.loading.knows(key.as_bytes()) {
            return Ok(());
        }
        let kept = self.store.get(key.as_bytes()).await?;
        let mut index = self.index.write();
        // Somebody else may have been here meanwhile, with what is newer.
        if self.loading.knows(key.as_bytes()) {
            return Ok(());
        }
        self.loading.apart(key.as_bytes());
        let binding =
            kept.and_then(|kept| record::decode(&kept.value).map(|binding| (binding, kept.version)));
        if let Some((binding, version)) = binding {
            index.fill(impu.clone(), binding, version);
        }
        Ok(())
    }
}

fn take(index: &mut Index, entry: &Entry) {
    match record::identity(&entry.key).zip(record::decode(&entry.record.value)) {
        Some((impu, binding)) => index.fill(impu, binding, entry.record.version),
        None => tracing::error!(target: "mcx::fault", "a record of a service authorization cannot be read"),
    }
}

/// Everything that is kept.
pub(super) async fn load(store: &dyn Store) -> Result<Index, Fault> {
    let (mut index, mut after) = (Index::default(), None);
    loop {
        let page = store.scan(record::PREFIX.as_bytes(), after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(index) };
        after = Some(last.key.clone());
        page.iter().for_each(|entry| take(&mut index, entry));
    }
}

impl Kept {
    /// What `edit` would make of what is bound to this identity and has not ended.
    pub(super) async fn draft<T>(
        &self,
        impu: &Impu,
        now: u64,
        edit: impl FnOnce(&mut Binding) -> Done<T>,
    ) -> Done<(Draft, T)> {
        self.know(impu).await?;
        let (before, version) = {
            let index = self.index.read();
            (index.get(impu).cloned().unwrap_or_default(), index.version(impu))
        };
        let mut after = before.clone();
        after.retire(now);
        let value = edit(&mut after)?;
        Ok((Draft { impu: impu.clone(), before, after, version }, value))
    }

    /// What `edit` makes of all that is bound to this identity, whether it has ended or not.
    pub(super) async fn sketch(&self, impu: &Impu, edit: impl FnOnce(&mut Binding)) -> Result<Draft, Fault> {
        self.know(impu).await?;
        let index = self.index.read();
        let (before, version) = (index.get(impu).cloned().unwrap_or_default(), index.version(impu));
        drop(index);
        let mut after = before.clone();
        edit(&mut after);
        Ok(Draft { impu: impu.clone(), before, after, version })
    }

    /// It is kept, as of this version.
    pub(super) fn took(&self, draft: &Draft, version: Version) {
        if draft.is_change() {
            self.install(&draft.impu, &draft.after, version);
        }
    }

    /// A later version than this one may be here already.
    fn install(&self, impu: &Impu, binding: &Binding, version: Version) {
        let mut index = self.index.write();
        self.loading.apart(record::key(impu).as_bytes());
        if index.version(impu).is_some_and(|known| known > version) {
            return;
        }
        if binding.is_over() {
            index.remove(impu);
        } else {
            index.put(impu.clone(), binding.clone(), version);
        }
    }

    /// Somebody else was first.
    pub(super) async fn read_one(&self, impu: &Impu) -> Result<(), store::Fault> {
        let key = record::key(impu);
        let kept = self.store.get(key.as_bytes()).await?;
        let read = kept.and_then(|kept| record::decode(&kept.value).map(|binding| (binding, kept.version)));
        match read {
            Some((binding, version)) => self.install(impu, &binding, version),
            None => {
                let mut index = self.index.write();
                self.loading.apart(key.as_bytes());
                index.remove(impu);
            }
        }
        Ok(())
    }

    pub(super) async fn follow(&self, event: &Event) -> Result<Vec<McServiceId>, Fault> {
        let Some(impu) = record::identity(&event.key) else { return Ok(Vec::new()) };
        let before = {
            let index = self.index.read();
            let is_known = match (index.version(&impu), event.change) {
                (Some(known), _) => known >= event.version,
                (None, change) => change == store::Happened::Deleted && self.loading.knows(&event.key),
            };
            if is_known {
                return Ok(Vec::new());
            }
            index.get(&impu).cloned().unwrap_or_default()
        };
        self.read_one(&impu).await?;
        let after = self.index.read().get(&impu).cloned().unwrap_or_default();
        Ok(users(&before, &after))
    }
}

impl Draft {
    /// Whether it changes anything.
    pub(crate) fn is_change(&self) -> bool {
        self.after != self.before
    }

    /// What the store has to do. One that changes nothing demands that it be so still.
    pub(crate) fn enter(&self, batch: Batch) -> Batch {
        let key = record::key(&self.impu);
        let batch = match self.version {
            Some(version) => batch.expect_version(key.clone(), version),
            None => batch.expect_absent(key.clone()),
        };
        if !self.is_change() {
            batch
        } else if self.after.is_over() {
            batch.delete(key)
        } else {
            batch.put_until(key, record::encode(&self.after), moment(self.after.end()) + LINGER)
        }
    }

    /// Whom it may concern: the users of its clients, before and after.
    pub(crate) fn users(&self) -> Vec<McServiceId> {
        users(&self.before, &self.after)
    }

    /// The clients that are there no more.
    pub(crate) fn gone(&self) -> impl Iterator<Item = &Client> {
        self.before.clients.iter().filter(|client| !self.after.clients.iter().any(|other| other.is(client)))
    }
}

fn users(before: &Binding, after: &Binding) -> Vec<McServiceId> {
    let mut users: Vec<McServiceId> = Vec::new();
    for client in before.clients.iter().chain(&after.clients) {
        if !users.contains(&client.user) {
            users.push(client.user.clone());
        }
    }
    users
}
