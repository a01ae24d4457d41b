//! Bindings and the store: read from the start on, changed there first, and followed where other processes change them.

use std::{sync::Arc, time::Duration};

use kit::{Cause, Done, Fault, Impu};
use parking_lot::RwLock;
use store::{Batch, CommitError, Entry, Event, Store, Version};
use xml_schemas::ids::McServiceId;

use super::{Binding, Client, index::Index, moment, record};
use crate::loading::{FIRST, Loading, PAGE};

/// How often somebody else may be first.
const ATTEMPTS: usize = 8;

/// How long a record outlives what it says, so that an end which nobody was there to see is still seen.
const LINGER: Duration = Duration::from_secs(86_400);

/// What a change came to.
pub(crate) struct Changed<T> {
    /// What the change says.
    pub(crate) value: T,
    /// Whom it may concern: the users of its clients, before and after.
    pub(crate) users: Vec<McServiceId>,
    /// The clients that were authorized before and are not any more.
    pub(crate) ended: Vec<Client>,
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
    pub(super) async fn change<T>(
        &self,
        impu: &Impu,
        now: u64,
        edit: impl Fn(&mut Binding) -> Done<T>,
    ) -> Done<Changed<T>> {
        self.know(impu).await?;
        for _ in 0..ATTEMPTS {
            let (before, version) = {
                let index = self.index.read();
                (index.get(impu).cloned().unwrap_or_default(), index.version(impu))
            };
            let mut after = before.clone();
            after.retire(now);
            let value = edit(&mut after)?;
            if after != before {
                match commit(&*self.store, impu, &after, version).await {
                    Ok(version) => self.install(impu, &after, version),
                    Err(CommitError::Conflict(_)) => {
                        self.read_one(impu).await.map_err(Fault::from)?;
                        continue;
                    }
                    Err(CommitError::Fault(fault)) => return Err(Fault::from(fault).into()),
                }
            }
            return Ok(Changed { value, users: users(&before, &after), ended: ended(&before, &after) });
        }
        Err(Cause::Overloaded.into())
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

    async fn read_one(&self, impu: &Impu) -> Result<(), store::Fault> {
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

async fn commit(
    store: &dyn Store,
    impu: &Impu,
    binding: &Binding,
    version: Option<Version>,
) -> Result<Version, CommitError> {
    let key = record::key(impu);
    let batch = match version {
        Some(version) => Batch::new().expect_version(key.clone(), version),
        None => Batch::new().expect_absent(key.clone()),
    };
    let batch = if binding.is_over() {
        batch.delete(key)
    } else {
        batch.put_until(key, record::encode(binding), moment(binding.end()) + LINGER)
    };
    store.commit(batch).await
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

fn ended(before: &Binding, after: &Binding) -> Vec<Client> {
    let goes_on = |client: &Client| {
        after.clients.iter().any(|other| other.id == client.id && other.user == client.user)
    };
    let ended = before.clients.iter().filter(|client| client.is_authorized() && !goes_on(client));
    ended.cloned().collect()
}
