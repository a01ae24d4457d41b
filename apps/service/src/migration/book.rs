//! All that is known of migrations: what the store holds, found by either identity and by `request-id`.

mod index;
mod writing;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::{channel::oneshot, stream::BoxStream};
use kit::Fault;
use parking_lot::{Mutex, RwLock};
use store::{Event, Happened, Store};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, RequestId},
};

use super::{
    MigrationConfig, MigrationMetrics,
    letter::{LETTERS, Letter},
    record::{MARKS, Mark, RECORDS, VISITS, Visit, of_key},
};
use crate::authorization::{millis, moment};
use index::Index;
pub(super) use index::{Seen, Who};
pub(super) use writing::{Changes, Written};

/// Records that are read at once.
const PAGE: usize = 4096;

/// The marks, visits and letters of a server.
pub struct Migrations {
    config: MigrationConfig,
    store: Arc<dyn Store>,
    metrics: MigrationMetrics,
    entity: Arc<str>,
    index: RwLock<Index>,
    letters: Mutex<HashMap<String, Letter>>,
    /// Who waits for the answer of a primary system.
    waiting: Mutex<HashMap<Who, oneshot::Sender<()>>>,
}

impl Migrations {
    /// What the store holds.
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
        each(&*store, MARKS, |key, value, version| {
            Mark::decode(key, value).map(|mark| index.put_mark(mark, version))
        })
        .await?;
        each(&*store, VISITS, |key, value, version| {
            Visit::decode(key, value).map(|visit| index.put_visit(visit, version))
        })
        .await?;
        each(&*store, LETTERS, |key, value, _| {
            let key = std::str::from_utf8(key).ok()?.to_owned();
            Letter::decode(value).map(|letter| letters.insert(key, letter)).map(drop)
        })
        .await?;
        let (index, letters) = (RwLock::new(index), Mutex::new(letters));
        let this = Self { config, store, metrics, entity, index, letters, waiting: Mutex::default() };
        this.count();
        Ok(this)
    }

    /// What the operator said.
    #[must_use]
    pub fn config(&self) -> &MigrationConfig {
        &self.config
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
    pub(super) fn visits_of(&self, partner: &McServiceId) -> Vec<Visit> {
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
            (None, change) => change == Happened::Deleted || event.key.starts_with(LETTERS.as_bytes()),
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

/// Every record whose key begins so.
async fn each(
    store: &dyn Store,
    prefix: &str,
    mut read: impl FnMut(&[u8], &[u8], store::Version) -> Option<()>,
) -> Result<(), Fault> {
    let mut after: Option<bytes::Bytes> = None;
    loop {
        let page = store.scan(prefix.as_bytes(), after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        for entry in &page {
            if read(&entry.key, &entry.record.value, entry.record.version).is_none() {
                tracing::error!(target: "mcx::fault", "a record of a migration cannot be read");
            }
        }
    }
}
