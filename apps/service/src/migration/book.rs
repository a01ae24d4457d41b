//! All that is known of migrations: what the store holds, found by either identity and by `request-id`.

mod index;
mod writing;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures::{channel::oneshot, stream::BoxStream};
use kit::Fault;
use parking_lot::{Mutex, RwLock};
use store::{Entry, Event, Happened, Store};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, RequestId},
};

use super::{
    MigrationConfig, MigrationMetrics,
    letter::{LETTERS, Letter},
    record::{MARKS, Mark, RECORDS, VISITS, Visit, key, of_key},
};
use crate::{
    authorization::{millis, moment},
    loading::{FIRST, Loading, PAGE},
};
use index::Index;
pub(super) use index::{Seen, Who};
pub(super) use writing::{Changes, Written};

/// The marks, visits and letters of a server. The lists are complete once everything that is kept has been read, which a server does
/// beside its work; whom a request is about it looks up first.
pub struct Migrations {
    config: RwLock<Arc<MigrationConfig>>,
    store: Arc<dyn Store>,
    metrics: MigrationMetrics,
    entity: Arc<str>,
    index: RwLock<Index>,
    letters: Mutex<HashMap<String, Letter>>,
    loading: Loading,
    /// Who waits for the answer of a primary system.
    waiting: Mutex<HashMap<Who, oneshot::Sender<()>>>,
}

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
        let (mut index, mut letters) = (Index::default(), HashMap::new());
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
        let (index, letters) = (RwLock::new(index), Mutex::new(letters));
        let config = RwLock::new(Arc::new(config));
        let this =
            Self { config, store, metrics, entity, index, letters, loading, waiting: Mutex::default() };
        this.count();
        Ok(this)
    }

    /// Reads on by a page; none where there is nothing more. `marked` is told of each mark, while nobody changes one; returned are
    /// the visits of which an earlier run awaited the answer.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(super) async fn read_on(&self, mut marked: impl FnMut(&Mark)) -> Result<Option<Vec<Visit>>, Fault> {
        let Some(after) = self.loading.after() else { return Ok(None) };
        let page = self.store.scan(RECORDS.as_bytes(), Some(&after), PAGE).await?;
        let mut index = self.index.write();
        let Some(last) = page.last() else {
            self.loading.finish();
            return Ok(None);
        };
        for entry in page.iter().filter(|entry| self.loading.takes(&entry.key)) {
            take(&mut index, &mut self.letters.lock(), entry);
            if let Some((mark, _)) = of_key(MARKS, &entry.key).and_then(|who| index.mark(&who)) {
                marked(mark);
            }
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

    /// Whether everything that is kept has been read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.loading.is_done()
    }

    /// Until everything that is kept has been read.
    pub(super) async fn read(&self) {
        self.loading.wait().await;
    }

    /// Makes sure that what is kept of this user is known, of own ones and of visitors. `marked` is as with [`Migrations::read_on`].
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn know(
        &self,
        user: &McServiceId,
        mut marked: impl FnMut(&Mark) + Send,
    ) -> Result<(), Fault> {
        if self.loading.is_done() {
            return Ok(());
        }
        for service in [McService::Mcptt, McService::McVideo] {
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
                if let Some((mark, _)) = index.mark(&(service, user.clone())).filter(|_| prefix == MARKS) {
                    marked(mark);
                }
            }
        }
        Ok(())
    }

    /// What the operator said.
    #[must_use]
    pub fn config(&self) -> Arc<MigrationConfig> {
        Arc::clone(&self.config.read())
    }

    /// From now on this is what the operator says. What has been decided stays decided.
    pub(crate) fn replace(&self, config: MigrationConfig) {
        *self.config.write() = Arc::new(config);
    }

    /// Where everything is kept.
    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The mark of an own user, where he has migrated with this MC service.
    #[must_use]
    pub fn mark(&self, service: McService, primary: &McServiceId) -> Option<Mark> {
        self.index.read().mark(&(service, primary.clone())).map(|(mark, _)| mark.clone())
    }

    /// The visit of a user of another system, by the MC service ID that he has here.
    #[must_use]
    pub fn visit(&self, service: McService, partner: &McServiceId) -> Option<Visit> {
        self.index.read().visit(&(service, partner.clone())).map(|(visit, _)| visit.clone())
    }

    /// Every mark, in no order.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        self.index.read().marks().cloned().collect()
    }

    /// Every visit, in no order.
    #[must_use]
    pub fn visits(&self) -> Vec<Visit> {
        self.index.read().visits().cloned().collect()
    }

    /// Whether something is still to be told.
    #[must_use]
    pub fn has_letters(&self) -> bool {
        !self.letters.lock().is_empty()
    }

    /// The mark, and which writing of it.
    pub(super) fn seen_mark(&self, who: &Who) -> Seen<Mark> {
        self.index.read().mark(who).cloned()
    }

    /// The visit, and which writing of it.
    pub(super) fn seen_visit(&self, who: &Who) -> Seen<Visit> {
        self.index.read().visit(who).cloned()
    }

    /// Whose request this was.
    pub(super) fn asked_under(&self, request_id: &RequestId) -> Option<Who> {
        self.index.read().asked_under(request_id)
    }

    /// The MC services of an own user that have migrated.
    pub(super) fn marks_of(&self, primary: &McServiceId) -> Vec<Mark> {
        let all = [McService::Mcptt, McService::McVideo];
        all.into_iter().filter_map(|service| self.mark(service, primary)).collect()
    }

    /// The visits under this MC service ID.
    pub(crate) fn visits_of(&self, partner: &McServiceId) -> Vec<Visit> {
        let all = [McService::Mcptt, McService::McVideo];
        all.into_iter().filter_map(|service| self.visit(service, partner)).collect()
    }

    /// How many visitors of a system there are, but for this one.
    pub(super) fn visitors(&self, system: &str, but: &Who) -> u64 {
        let index = self.index.read();
        let is_one = index.visit(but).is_some_and(|(visit, _)| visit.system == system);
        index.visitors(system).saturating_sub(u64::from(is_one))
    }

    /// The marks that have ended by now.
    pub(super) fn expired(&self, now: SystemTime) -> Vec<Mark> {
        self.index.read().expired(millis(now))
    }

    /// How long no mark ends.
    pub(super) fn quiet(&self, now: SystemTime) -> Option<Duration> {
        let next = self.index.read().next_end()?;
        Some(moment(next).duration_since(now).unwrap_or_default())
    }

    /// The letters that are under way.
    pub(super) fn letters(&self) -> Vec<(String, Letter)> {
        self.letters.lock().iter().map(|(key, letter)| (key.clone(), letter.clone())).collect()
    }

    /// Whether a letter has still to be delivered.
    pub(super) fn is_letter(&self, key: &str) -> bool {
        self.letters.lock().contains_key(key)
    }

    /// Waits for the answer about this visitor. Whoever waited before waits no more.
    pub(super) fn wait_for(&self, who: Who) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().insert(who, sender);
        receiver
    }

    /// The answer has come.
    pub(super) fn has_answer(&self, who: &Who) {
        if let Some(waiting) = self.waiting.lock().remove(who) {
            // Whoever waited may have given up.
            let _ = waiting.send(());
        }
    }

    /// What happens to marks and visits, whoever does it.
    pub(super) fn changes(&self) -> BoxStream<'static, Result<Event, store::Fault>> {
        self.store.watch(RECORDS.as_bytes())
    }

    /// Whether this is told of a record that is known already as it is.
    pub(super) fn knows(&self, event: &Event) -> bool {
        let index = self.index.read();
        let mark = of_key(MARKS, &event.key).and_then(|who| index.mark(&who).map(|(_, version)| *version));
        let visit = of_key(VISITS, &event.key).and_then(|who| index.visit(&who).map(|(_, version)| *version));
        match (mark.or(visit), event.change) {
            (Some(known), _) => known >= event.version,
            (None, Happened::Deleted) => self.loading.knows(&event.key),
            (None, _) => event.key.starts_with(LETTERS.as_bytes()),
        }
    }

    /// Something has happened that the operator counts.
    pub(super) fn happened(&self, event: &'static str) {
        self.metrics.happened(&self.entity, event);
    }

    fn count(&self) {
        let (marks, unconfirmed, visits) = self.index.read().count();
        let letters = self.letters.lock().len();
        self.metrics.holds(&self.entity, [marks, unconfirmed, visits, letters]);
    }
}

fn take(index: &mut Index, letters: &mut HashMap<String, Letter>, entry: &Entry) {
    let Entry { key, record } = entry;
    let (value, version) = (&record.value, record.version);
    let taken = if key.starts_with(MARKS.as_bytes()) {
        Mark::decode(key, value).map(|mark| index.put_mark(mark, version))
    } else if key.starts_with(VISITS.as_bytes()) {
        Visit::decode(key, value).map(|visit| index.put_visit(visit, version))
    } else {
        let letter = std::str::from_utf8(key).ok().zip(Letter::decode(value));
        letter.map(|(key, letter)| drop(letters.insert(key.to_owned(), letter)))
    };
    if taken.is_none() {
        tracing::error!(target: "mcx::fault", "a record of a migration cannot be read");
    }
}
