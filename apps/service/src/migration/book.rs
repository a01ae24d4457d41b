//! All that is known of migrations: what the store holds, found by either identity and by `request-id`.

mod index;
mod letters;
mod order;
mod reading;
mod waiting;
mod writing;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::stream::BoxStream;
use parking_lot::{Mutex, RwLock};
use store::{Event, Happened, Store, Version};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, RequestId},
    migration::Outcome,
};

use super::{
    MigrationConfig, MigrationMetrics,
    lanes::Lanes,
    letter::{LETTERS, Letter, Own},
    record::{FENCE, MARKS, Mark, VISITS, Visit, key, of_key},
    told::Desk,
};
use crate::{
    authorization::{millis, moment},
    loading::Loading,
};
use index::Index;
pub(super) use index::Seen;
pub(crate) use index::Who;
use letters::Letters;
use order::Order;
use waiting::Waiting;
pub(crate) use writing::{Changes, Made, Written, write};

/// What happens to the records of migrations, whoever does it.
type Events = BoxStream<'static, Result<Event, store::Fault>>;

/// The MC services that migrate.
pub(super) const MIGRATE: [McService; 2] = [McService::Mcptt, McService::McVideo];

/// The marks, visits and letters of a server. The lists are complete once everything that is kept has been read, which a server does
/// beside its work; whom a request is about it looks up first.
pub struct Migrations {
    config: RwLock<Arc<MigrationConfig>>,
    store: Arc<dyn Store>,
    metrics: MigrationMetrics,
    entity: Arc<str>,
    index: RwLock<Index>,
    letters: Mutex<Letters>,
    loading: Loading,
    waiting: Waiting,
    desk: Desk,
    lanes: Lanes,
    /// As far as which commit all is known that others have written.
    order: Order,
    /// Watched from before the first record was read, so that nothing is missed in between; until somebody follows it.
    events: Mutex<Option<Events>>,
}

impl Migrations {
    /// Whether everything that is kept has been read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.loading.is_done()
    }

    /// Until everything that is kept has been read.
    pub(crate) async fn read(&self) {
        self.loading.wait().await;
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
        self.letters.lock().len() > 0
    }

    /// Whether the visitor is admitted with this MC service, as whom his primary system knows him by this ID.
    pub(crate) fn admits(&self, service: McService, partner: &McServiceId, primary: &McServiceId) -> bool {
        let index = self.index.read();
        let visit = index.visit(&(service, partner.clone()));
        visit.is_some_and(|(visit, _)| visit.is_admitted() && visit.primary == *primary)
    }

    /// Whether there is such a visit, admitted or not.
    pub(crate) fn has_visit(&self, service: McService, partner: &McServiceId, primary: &McServiceId) -> bool {
        let index = self.index.read();
        index.visit(&(service, partner.clone())).is_some_and(|(visit, _)| visit.primary == *primary)
    }

    /// The marks of which this is so.
    pub(crate) fn marks_where(&self, is_one: impl Fn(&Mark) -> bool) -> Vec<Mark> {
        self.index.read().marks().filter(|mark| is_one(mark)).cloned().collect()
    }

    /// The marks of those whom a list of what is revoked names ([`kit::tokens::mark_of`]).
    pub(crate) fn marks_named(&self, names: &[String]) -> Vec<Mark> {
        self.index.read().marks_named(names.iter().map(String::as_str))
    }

    /// The visits about which a primary system is being asked.
    pub(super) fn asking(&self) -> Vec<Visit> {
        let index = self.index.read();
        index.asking().filter_map(|who| index.visit(who)).map(|(visit, _)| visit.clone()).collect()
    }

    /// The visits of which this is so.
    pub(crate) fn visits_where(&self, is_one: impl Fn(&Visit) -> bool) -> Vec<Visit> {
        self.index.read().visits().filter(|visit| is_one(visit)).cloned().collect()
    }

    /// The visits of this user of another system, admitted or not.
    pub(super) fn visits_by(&self, primary: &McServiceId) -> Vec<Visit> {
        self.index.read().visits_by(primary)
    }

    /// Whether an own user is marked, with whichever MC service, accepted or not.
    pub(crate) fn is_marked(&self, primary: &McServiceId) -> bool {
        let index = self.index.read();
        index.has_marks() && MIGRATE.iter().any(|service| index.mark(&(*service, primary.clone())).is_some())
    }

    /// Where an own user works who is marked, as that system has accepted.
    pub(crate) fn away(&self, primary: &McServiceId) -> Option<Arc<str>> {
        let index = self.index.read();
        if !index.has_marks() {
            return None;
        }
        let marks = MIGRATE.iter().filter_map(|service| index.mark(&(*service, primary.clone())));
        let mut agreed = marks.filter_map(|(mark, _)| mark.agreed());
        agreed.next().map(|mark| mark.system.as_str().into())
    }

    /// The mark, and which writing of it.
    pub(super) fn seen_mark(&self, who: &Who) -> Seen<Mark> {
        self.index.read().mark(who).cloned()
    }

    /// Which writing of each of a user's marks is known, by its key.
    pub(crate) fn marks_as_seen(&self, user: &McServiceId) -> Vec<(String, Option<Version>)> {
        let index = self.index.read();
        let seen = |service| index.mark(&(service, user.clone())).map(|(_, version)| *version);
        MIGRATE.into_iter().map(|service| (key(MARKS, service, user), seen(service))).collect()
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
    pub(crate) fn marks_of(&self, primary: &McServiceId) -> Vec<Mark> {
        MIGRATE.into_iter().filter_map(|service| self.mark(service, primary)).collect()
    }

    /// The visits under this MC service ID.
    pub(crate) fn visits_of(&self, partner: &McServiceId) -> Vec<Visit> {
        MIGRATE.into_iter().filter_map(|service| self.visit(service, partner)).collect()
    }

    /// How many visitors of the same system have their place before this one.
    pub(super) fn before(&self, who: &Who) -> u64 {
        self.index.read().before(who)
    }

    /// Until all is known that was written before what this process has written as this version.
    pub(crate) async fn known_to(&self, version: Version) {
        self.order.known_to(version).await;
    }

    /// All is known that was written up to this version.
    pub(super) fn followed(&self, version: Version) {
        self.order.followed(version);
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

    /// The letter of this key, where it is one that has still to be delivered.
    pub(super) fn letter(&self, key: &str) -> Option<(String, Letter)> {
        self.letters.lock().get(key).map(|letter| (key.to_owned(), letter.clone()))
    }

    /// Whether this process delivers the letter from now on, and did not before.
    pub(super) fn delivers(&self, key: &str) -> bool {
        self.letters.lock().begin(key)
    }

    /// Whether a letter has still to be delivered.
    pub(super) fn is_letter(&self, key: &str) -> bool {
        self.letters.lock().has(key)
    }

    /// The letters that wait for their time.
    pub(super) fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    /// The letters that have been told of late.
    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The answers about an own user that have still to be delivered to that system, those of which `is_one` is so.
    pub(super) fn answers_to(
        &self,
        system: &str,
        who: &Who,
        is_one: impl Fn(&Outcome) -> bool,
    ) -> Vec<String> {
        self.letters.lock().answers_to(system, who, is_one)
    }

    /// The letter by which that own server has still to hear of this user.
    pub(super) fn news_of(&self, own: Own, who: &Who) -> Option<(String, Letter)> {
        self.letters.lock().news_of(own, who)
    }

    /// How many letters have still to be delivered to that system.
    pub(super) fn letters_to(&self, system: &str) -> usize {
        self.letters.lock().to_system(system)
    }

    /// Whether the primary system has still to be told that what this named is over.
    pub(super) fn is_being_ended(&self, request_id: &RequestId) -> bool {
        self.letters.lock().ends(request_id)
    }

    /// What has happened to marks, visits and letters since they were first read, whoever did it. Once.
    pub(super) fn events(&self) -> Option<Events> {
        self.events.lock().take()
    }

    /// Whether this is told of a record that is known already as it is.
    pub(super) fn knows(&self, event: &Event) -> bool {
        if *event.key == *FENCE.as_bytes() {
            return true;
        }
        let index = self.index.read();
        let mark = of_key(MARKS, &event.key).and_then(|who| index.mark(&who).map(|(_, version)| *version));
        let visit = of_key(VISITS, &event.key).and_then(|who| index.visit(&who).map(|(_, version)| *version));
        if event.key.starts_with(LETTERS.as_bytes()) {
            let is_known = std::str::from_utf8(&event.key).is_ok_and(|key| self.is_letter(key));
            return is_known == (event.change == Happened::Put);
        }
        match (mark.or(visit), event.change) {
            (Some(known), _) => known >= event.version,
            (None, Happened::Deleted) => self.loading.knows(&event.key),
            (None, Happened::Put) => false,
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
