//! What is found in memory: marks and visits, with the version of each.

use std::collections::{BTreeSet, HashMap, HashSet};

use kit::tokens::mark_of;
use store::Version;
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, RequestId},
};

use super::MIGRATE;
use crate::migration::record::{Mark, Visit};

/// A user of an MC service.
pub(crate) type Who = (McService, McServiceId);

/// What tells apart those whom lists of what is revoked name ([`mark_of`]): 96 bits of a digest.
type Name = [u8; 16];

fn name(mark: &str) -> Option<Name> {
    mark.as_bytes().first_chunk().copied()
}

/// A record as it was seen.
pub(in crate::migration) type Seen<T> = Option<(T, Version)>;

#[derive(Default)]
pub(super) struct Index {
    marks: HashMap<Who, (Mark, Version)>,
    /// Who is marked, by what lists of what is revoked call him.
    by_name: HashMap<Name, McServiceId>,
    /// When whose mark ends, and of which MC service.
    ends: BTreeSet<(u64, McServiceId, u8)>,
    unconfirmed: usize,
    visits: HashMap<Who, (Visit, Version)>,
    by_request: HashMap<RequestId, Who>,
    /// Who the users of other systems are here.
    by_primary: HashMap<McServiceId, Vec<Who>>,
    by_system: HashMap<String, Guests>,
    /// About whom a primary system is being asked.
    asking: HashSet<Who>,
}

/// The visitors of one system.
#[derive(Default)]
struct Guests {
    admitted: u64,
    /// Who is being asked about for the first time, in the order in which they came: that of the commits that wrote it.
    asking: BTreeSet<Version>,
}

impl Index {
    pub(super) fn mark(&self, who: &Who) -> Option<&(Mark, Version)> {
        self.marks.get(who)
    }

    pub(super) fn visit(&self, who: &Who) -> Option<&(Visit, Version)> {
        self.visits.get(who)
    }

    pub(super) fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    pub(super) fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.marks.values().map(|(mark, _)| mark)
    }

    pub(super) fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.visits.values().map(|(visit, _)| visit)
    }

    pub(super) fn visits_by(&self, primary: &McServiceId) -> Vec<Visit> {
        let known = self.by_primary.get(primary).into_iter().flatten();
        known.filter_map(|who| self.visits.get(who)).map(|(visit, _)| visit.clone()).collect()
    }

    pub(super) fn asked_under(&self, request_id: &RequestId) -> Option<Who> {
        self.by_request.get(request_id).cloned()
    }

    pub(super) fn asking(&self) -> impl Iterator<Item = &Who> {
        self.asking.iter()
    }

    /// How many visitors of the same system have their place before this one: those who are admitted, and those who came earlier.
    pub(super) fn before(&self, who: &Who) -> u64 {
        let Some((visit, version)) = self.visits.get(who) else { return 0 };
        let Some(guests) = self.by_system.get(&visit.system) else { return 0 };
        if visit.is_admitted() {
            return guests.admitted.saturating_sub(1);
        }
        let earlier = guests.asking.range(..*version).count();
        guests.admitted.saturating_add(u64::try_from(earlier).unwrap_or(u64::MAX))
    }

    pub(super) fn count(&self) -> (usize, usize, usize) {
        (self.marks.len(), self.unconfirmed, self.visits.len())
    }

    pub(super) fn put_mark(&mut self, mark: Mark, version: Version) {
        let who = (mark.service, mark.primary.clone());
        if self.take_mark(&who).is_none()
            && let Some(name) = name(&mark_of(&mark.primary))
        {
            self.by_name.insert(name, mark.primary.clone());
        }
        if let Some(until) = mark.until {
            self.ends.insert(end_of(&mark, until));
        }
        self.unconfirmed += usize::from(!mark.is_confirmed);
        self.marks.insert(who, (mark, version));
    }

    pub(super) fn drop_mark(&mut self, who: &Who) {
        let Some(mark) = self.take_mark(who) else { return };
        let is_gone =
            MIGRATE.iter().all(|service| !self.marks.contains_key(&(*service, mark.primary.clone())));
        if is_gone && let Some(name) = name(&mark_of(&mark.primary)) {
            self.by_name.remove(&name);
        }
    }

    fn take_mark(&mut self, who: &Who) -> Option<Mark> {
        let (mark, _) = self.marks.remove(who)?;
        if let Some(until) = mark.until {
            self.ends.remove(&end_of(&mark, until));
        }
        self.unconfirmed = self.unconfirmed.saturating_sub(usize::from(!mark.is_confirmed));
        Some(mark)
    }

    /// The marks of those whom such a list names.
    pub(super) fn marks_named<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<Mark> {
        let users = names.filter_map(|mark| self.by_name.get(&name(mark)?));
        let marks = users.flat_map(|user| MIGRATE.map(|service| self.marks.get(&(service, user.clone()))));
        marks.flatten().map(|(mark, _)| mark.clone()).collect()
    }

    pub(super) fn put_visit(&mut self, visit: Visit, version: Version) {
        let who = (visit.service, visit.partner.clone());
        self.drop_visit(&who);
        let guests = self.by_system.entry(visit.system.clone()).or_default();
        if visit.is_admitted() {
            guests.admitted += 1;
        } else {
            guests.asking.insert(version);
        }
        for request_id in visit.request_ids() {
            self.by_request.insert(request_id.clone(), who.clone());
        }
        self.by_primary.entry(visit.primary.clone()).or_default().push(who.clone());
        if visit.is_asking() {
            self.asking.insert(who.clone());
        }
        self.visits.insert(who, (visit, version));
    }

    pub(super) fn drop_visit(&mut self, who: &Who) {
        let Some((visit, version)) = self.visits.remove(who) else { return };
        self.asking.remove(who);
        if let Some(guests) = self.by_system.get_mut(&visit.system) {
            if visit.is_admitted() {
                guests.admitted = guests.admitted.saturating_sub(1);
            } else {
                guests.asking.remove(&version);
            }
            if guests.admitted == 0 && guests.asking.is_empty() {
                self.by_system.remove(&visit.system);
            }
        }
        if let Some(known) = self.by_primary.get_mut(&visit.primary) {
            known.retain(|other| other != who);
            if known.is_empty() {
                self.by_primary.remove(&visit.primary);
            }
        }
        for request_id in visit.request_ids() {
            if self.by_request.get(request_id) == Some(who) {
                self.by_request.remove(request_id);
            }
        }
    }

    pub(super) fn next_end(&self) -> Option<u64> {
        self.ends.first().map(|(until, ..)| *until)
    }

    pub(super) fn expired(&self, now: u64) -> Vec<Mark> {
        let due = self.ends.iter().take_while(|(until, ..)| *until <= now);
        let services = [McService::Mcptt, McService::McVideo, McService::McData];
        let marks = due.filter_map(|(_, primary, number)| {
            let service = services.into_iter().find(|service| *service as u8 == *number)?;
            self.marks.get(&(service, primary.clone()))
        });
        marks.map(|(mark, _)| mark.clone()).collect()
    }
}

fn end_of(mark: &Mark, until: u64) -> (u64, McServiceId, u8) {
    (until, mark.primary.clone(), mark.service as u8)
}
