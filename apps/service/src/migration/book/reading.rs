//! What the store holds is read: at the start, beside the work, and of one user when somebody asks about him.

use std::sync::Arc;

use bytes::Bytes;
use kit::Fault;
use parking_lot::{Mutex, RwLock};
use store::{Batch, Entry, Store};
use xml_schemas::ids::McServiceId;

use super::{Desk, Index, Lanes, Letters, MIGRATE, Migrations, Order, Waiting};
use crate::{
    loading::{FIRST, Loading, PAGE},
    migration::{
        MigrationConfig, MigrationMetrics,
        letter::{LETTERS, Letter},
        record::{FENCE, MARKS, Mark, RECORDS, VISITS, Visit, key, of_key},
    },
};

impl Migrations {
    /// What the store holds, as far as it is read at once: all that is still to be told at least.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub async fn open(
        entity: Arc<str>,
        config: MigrationConfig,
        store: Arc<dyn Store>,
        metrics: MigrationMetrics,
    ) -> Result<Self, Fault> {
        let events = Mutex::new(Some(store.watch(RECORDS.as_bytes())));
        let (mut index, mut letters) = (Index::default(), Letters::default());
        let (mut after, mut read): (Option<Bytes>, usize) = (None, 0);
        let loading = loop {
            let page = store.scan(RECORDS.as_bytes(), after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break Loading::default() };
            let key = last.key.clone();
            read += page.len();
            page.iter().for_each(|entry| take(&mut index, &mut letters, entry));
            // Letters stand before everything else.
            if read >= FIRST && !key.starts_with(LETTERS.as_bytes()) {
                break Loading::from(key);
            }
            after = Some(key);
        };
        let this = Self {
            config: RwLock::new(Arc::new(config)),
            store,
            metrics,
            entity,
            index: RwLock::new(index),
            letters: Mutex::new(letters),
            loading,
            waiting: Waiting::default(),
            desk: Desk::default(),
            lanes: Lanes::default(),
            order: Order::default(),
            events,
        };
        this.count();
        Ok(this)
    }

    /// Reads on by a page; none where there is nothing more. Returned are the visits of which an earlier run awaited the answer.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(in crate::migration) async fn read_on(&self) -> Result<Option<Vec<Visit>>, Fault> {
        let Some(after) = self.loading.after() else { return Ok(None) };
        let page = self.store.scan(RECORDS.as_bytes(), Some(&after), PAGE).await?;
        let mut index = self.index.write();
        let Some(last) = page.last() else {
            self.loading.finish();
            return Ok(None);
        };
        for entry in page.iter().filter(|entry| self.loading.takes(&entry.key)) {
            take(&mut index, &mut self.letters.lock(), entry);
        }
        let unchanged = |entry: &Entry| {
            let (visit, version) = index.visit(&of_key(VISITS, &entry.key)?)?;
            (visit.is_asking() && *version == entry.record.version).then(|| visit.clone())
        };
        let asking = page.iter().filter_map(unchanged).collect();
        self.loading.read_to(&last.key);
        drop(index);
        self.count();
        Ok(Some(asking))
    }

    /// All of it is read again: something was missed of what others have written.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(in crate::migration) async fn read_all_again(&self) -> Result<(), Fault> {
        let (mut new, mut after) = ((Index::default(), Letters::default()), None::<Bytes>);
        loop {
            let page = self.store.scan(RECORDS.as_bytes(), after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            page.iter().for_each(|entry| take(&mut new.0, &mut new.1, entry));
        }
        {
            let (mut index, mut letters) = (self.index.write(), self.letters.lock());
            *index = new.0;
            letters.replace(new.1);
            self.loading.finish();
        }
        self.count();
        Ok(())
    }

    /// Writes what is told of behind everything that was written so far. Once it is told, whoever waits for a commit of which was not told
    /// waits no more.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be written.
    pub(in crate::migration) async fn fence(&self) -> Result<(), Fault> {
        self.store.commit(Batch::new().put(FENCE, "")).await.map(drop).map_err(Fault::from)
    }

    /// Makes sure that what is kept of this user is known, of own ones and of visitors.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn know(&self, user: &McServiceId) -> Result<(), Fault> {
        if self.loading.is_done() {
            return Ok(());
        }
        for service in MIGRATE {
            for prefix in [MARKS, VISITS] {
                let key = key(prefix, service, user);
                if self.loading.knows(key.as_bytes()) {
                    continue;
                }
                let kept = self.store.get(key.as_bytes()).await?;
                let mut index = self.index.write();
                // Somebody else may have been here meanwhile, with what is newer.
                if self.loading.knows(key.as_bytes()) {
                    continue;
                }
                self.loading.apart(key.as_bytes());
                let Some(record) = kept else { continue };
                take(&mut index, &mut self.letters.lock(), &Entry { key: key.into(), record });
            }
        }
        Ok(())
    }
}

fn take(index: &mut Index, letters: &mut Letters, entry: &Entry) {
    let Entry { key, record } = entry;
    let (value, version) = (&record.value, record.version);
    let taken = if key.starts_with(MARKS.as_bytes()) {
        Mark::decode(key, value).map(|mark| index.put_mark(mark, version))
    } else if key.starts_with(VISITS.as_bytes()) {
        Visit::decode(key, value).map(|visit| index.put_visit(visit, version))
    } else if *key == FENCE.as_bytes() {
        Some(())
    } else {
        let letter = std::str::from_utf8(key).ok().zip(Letter::decode(value));
        letter.map(|(key, letter)| letters.put(key.to_owned(), letter))
    };
    if taken.is_none() {
        tracing::error!(target: "mcx::fault", "a record of a migration cannot be read");
    }
}
