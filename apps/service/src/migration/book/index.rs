//! What is found in memory: marks and visits, with the version of each.

use std::collections::{BTreeSet, HashMap};

use store::Version;
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, RequestId},
};

use crate::migration::record::{Mark, Visit};

/// A user of an MC service.
pub(in crate::migration) type Who = (McService, McServiceId);

/// A record as it was seen.
pub(in crate::migration) type Seen<T> = Option<(T, Version)>;

#[derive(Default)]
pub(super) struct Index {
    marks: HashMap<Who, (Mark, Version)>,
    /// When whose mark ends, and of which MC service.
    ends: BTreeSet<(u64, McServiceId, u8)>,
    unconfirmed: usize,
    visits: HashMap<Who, (Visit, Version)>,
    by_request: HashMap<RequestId, Who>,
    by_system: HashMap<String, u64>,
}

impl Index {
    pub(super) fn mark(&self, who: &Who) -> Option<&(Mark, Version)> {
        self.marks.get(who)
    }

    pub(super) fn visit(&self, who: &Who) -> Option<&(Visit, Version)> {
        self.visits.get(who)
    }

    pub(super) fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.marks.values().map(|(mark, _)| mark)
    }

    pub(super) fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.visits.values().map(|(visit, _)| visit)
    }

    pub(super) fn asked_under(&self, request_id: &RequestId) -> Option<Who> {
        self.by_request.get(request_id).cloned()
    }

    pub(super) fn visitors(&self, system: &str) -> u64 {
        self.by_system.get(system).copied().unwrap_or_default()
    }

    pub(super) fn count(&self) -> (usize, usize, usize) {
        (self.marks.len(), self.unconfirmed, self.visits.len())
    }

    pub(super) fn put_mark(&mut self, mark: Mark, version: Version) {
        let who = (mark.service, mark.primary.clone());
        self.drop_mark(&who);
        if let Some(until) = mark.until {
            self.ends.insert(end_of(&mark, until));
        }
        self.unconfirmed += usize::from(!mark.is_confirmed);
        self.marks.insert(who, (mark, version));
    }

    pub(super) fn drop_mark(&mut self, who: &Who) {
        let Some((mark, _)) = self.marks.remove(who) else { return };
        if let Some(until) = mark.until {
            self.ends.remove(&end_of(&mark, until));
        }
        self.unconfirmed = self.unconfirmed.saturating_sub(usize::from(!mark.is_confirmed));
    }

    pub(super) fn put_visit(&mut self, visit: Visit, version: Version) {
        let who = (visit.service, visit.partner.clone());
        self.drop_visit(&who);
        *self.by_system.entry(visit.system.clone()).or_default() += 1;
        self.by_request.insert(visit.request_id.clone(), who.clone());
        self.visits.insert(who, (visit, version));
    }

    pub(super) fn drop_visit(&mut self, who: &Who) {
        let Some((visit, _)) = self.visits.remove(who) else { return };
        if let Some(count) = self.by_system.get_mut(&visit.system) {
            *count = count.saturating_sub(1);
        }
        if self.by_request.get(&visit.request_id) == Some(who) {
            self.by_request.remove(&visit.request_id);
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
