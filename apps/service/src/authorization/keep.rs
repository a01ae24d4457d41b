//! Bindings and the store: read at the start, changed there first, and followed where other processes change them.

use std::time::Duration;

use kit::{Cause, Done, Fault, Impu};
use parking_lot::RwLock;
use store::{Batch, CommitError, Event, Store, Version};
use xml_schemas::ids::McServiceId;

use super::{Binding, Client, index::Index, moment, record};

/// Records that are read at once.
const PAGE: usize = 4096;

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

/// Everything that is kept.
pub(super) async fn load(store: &dyn Store) -> Result<Index, Fault> {
    let (mut index, mut after) = (Index::default(), None);
    loop {
        let page = store.scan(record::PREFIX.as_bytes(), after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(index) };
        let next = last.key.clone();
        for entry in &page {
            match record::identity(&entry.key).zip(record::decode(&entry.record.value)) {
                Some((impu, binding)) => index.fill(impu, binding, entry.record.version),
                None => {
                    tracing::error!(target: "mcx::fault", "a record of a service authorization cannot be read")
                }
            }
        }
        after = Some(next);
    }
}

pub(super) async fn change<T>(
    store: &dyn Store,
    index: &RwLock<Index>,
    impu: &Impu,
    now: u64,
    edit: impl Fn(&mut Binding) -> Done<T>,
) -> Done<Changed<T>> {
    for _ in 0..ATTEMPTS {
        let (before, version) = {
            let index = index.read();
            (index.get(impu).cloned().unwrap_or_default(), index.version(impu))
        };
        let mut after = before.clone();
        after.retire(now);
        let value = edit(&mut after)?;
        if after != before {
            match commit(store, impu, &after, version).await {
                Ok(version) => install(index, impu, &after, version),
                Err(CommitError::Conflict(_)) => {
                    read_one(store, index, impu).await.map_err(Fault::from)?;
                    continue;
                }
                Err(CommitError::Fault(fault)) => return Err(Fault::from(fault).into()),
            }
        }
        return Ok(Changed { value, users: users(&before, &after), ended: ended(&before, &after) });
    }
    Err(Cause::Overloaded.into())
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

/// A later version than this one may be here already.
fn install(index: &RwLock<Index>, impu: &Impu, binding: &Binding, version: Version) {
    let mut index = index.write();
    if index.version(impu).is_some_and(|known| known > version) {
        return;
    }
    if binding.is_over() {
        index.remove(impu);
    } else {
        index.put(impu.clone(), binding.clone(), version);
    }
}

async fn read_one(store: &dyn Store, index: &RwLock<Index>, impu: &Impu) -> Result<(), store::Fault> {
    let kept = store.get(record::key(impu).as_bytes()).await?;
    let read = kept.and_then(|kept| record::decode(&kept.value).map(|binding| (binding, kept.version)));
    match read {
        Some((binding, version)) => install(index, impu, &binding, version),
        None => index.write().remove(impu),
    }
    Ok(())
}

pub(super) async fn follow(
    store: &dyn Store,
    index: &RwLock<Index>,
    event: &Event,
) -> Result<Vec<McServiceId>, Fault> {
    let Some(impu) = record::identity(&event.key) else { return Ok(Vec::new()) };
    let before = {
        let index = index.read();
        let is_known = match (index.version(&impu), event.change) {
            (Some(known), _) => known >= event.version,
            (None, change) => change == store::Happened::Deleted,
        };
        if is_known {
            return Ok(Vec::new());
        }
        index.get(&impu).cloned().unwrap_or_default()
    };
    read_one(store, index, &impu).await?;
    let after = index.read().get(&impu).cloned().unwrap_or_default();
    Ok(users(&before, &after))
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
