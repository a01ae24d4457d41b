//! What a group of batches comes to, decided on what its transaction has read.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;

use crate::{Batch, Change, Conflict, Event, Happened, Precondition, Version, clock::Moment};

/// One of a group.
#[derive(Clone, Copy)]
pub(super) enum Item<'i> {
    /// What a user commits.
    Batch(&'i Batch),
    /// Keys that have expired, to be deleted if that is still so.
    Expired(&'i [Bytes]),
}

/// What is known of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Known {
    pub(super) version: u64,
    pub(super) expires: Option<Moment>,
}

/// What is to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Row {
    pub(super) known: Known,
    pub(super) value: Bytes,
}

/// What a group comes to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Plan {
    /// One for each batch; those of [`Item::Expired`] are of no interest to anybody.
    pub(super) verdicts: Vec<Result<Version, Conflict>>,
    /// What is left of each key that changes, none where it is deleted.
    pub(super) writes: BTreeMap<Bytes, Option<Row>>,
    /// What watchers are told.
    pub(super) events: Vec<Event>,
    /// The last version given.
    pub(super) version: u64,
}

/// All keys of which something must be known.
pub(super) fn keys<'i>(items: impl IntoIterator<Item = Item<'i>>) -> Vec<&'i [u8]> {
    let mut keys = HashSet::new();
    for item in items {
        match item {
            Item::Batch(batch) => {
                keys.extend(batch.preconditions().iter().map(|precondition| &precondition.key[..]));
                keys.extend(batch.changes().iter().map(|change| &change.key()[..]));
            }
            Item::Expired(expired) => keys.extend(expired.iter().map(|key| &key[..])),
        }
    }
    keys.into_iter().collect()
}

/// Decides one after the other; each sees what those before it do.
pub(super) fn plan<'i>(
    items: impl IntoIterator<Item = Item<'i>>,
    found: HashMap<Bytes, Known>,
    version: u64,
    now: Moment,
) -> Plan {
    let mut planning = Planning { found, now, plan: Plan { version, ..Plan::default() } };
    for item in items {
        let verdict = match item {
            Item::Batch(batch) => planning.batch(batch),
            Item::Expired(keys) => Ok(planning.expired(keys)),
        };
        planning.plan.verdicts.push(verdict);
    }
    planning.plan
}

struct Planning {
    found: HashMap<Bytes, Known>,
    now: Moment,
    plan: Plan,
}

impl Planning {
    fn batch(&mut self, batch: &Batch) -> Result<Version, Conflict> {
        if let Some(precondition) = batch.preconditions().iter().find(|wanted| !self.holds(wanted)) {
            return Err(Conflict { key: precondition.key.clone() });
        }
        self.plan.version += 1;
        for change in batch.outcome() {
            self.apply(change);
        }
        Ok(Version(self.plan.version))
    }

    fn expired(&mut self, keys: &[Bytes]) -> Version {
        let gone = |found: Option<&Known>| found.is_some_and(|known| self.has_expired(known));
        let gone: Vec<&Bytes> = keys.iter().filter(|key| gone(self.found.get(*key))).collect();
        if !gone.is_empty() {
            self.plan.version += 1;
        }
        for key in gone {
            self.remove(key);
        }
        Version(self.plan.version)
    }

    fn holds(&self, precondition: &Precondition) -> bool {
        let found = self.found.get(&precondition.key).filter(|known| !self.has_expired(known));
        precondition.holds(found.map(|known| Version(known.version)))
    }

    fn has_expired(&self, known: &Known) -> bool {
        known.expires.is_some_and(|expires| expires <= self.now)
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Put { key, value, expires } => {
                let known = Known { version: self.plan.version, expires: expires.map(Moment::of) };
                self.found.insert(key.clone(), known);
                self.plan.writes.insert(key.clone(), Some(Row { known, value: value.clone() }));
                self.tell(key, Happened::Put);
            }
            Change::Delete { key } if self.found.contains_key(key) => self.remove(key),
            Change::Delete { .. } => {}
        }
    }

    fn remove(&mut self, key: &Bytes) {
        self.found.remove(key);
        self.plan.writes.insert(key.clone(), None);
        self.tell(key, Happened::Deleted);
    }

    fn tell(&mut self, key: &Bytes, change: Happened) {
        self.plan.events.push(Event { key: key.clone(), version: Version(self.plan.version), change });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(version: u64, expires: Option<u64>) -> HashMap<Bytes, Known> {
        HashMap::from([(Bytes::from("a"), Known { version, expires: expires.map(Moment) })])
    }

    fn of(batches: &[Batch], found: HashMap<Bytes, Known>) -> Plan {
        plan(batches.iter().map(Item::Batch), found, 7, Moment(1000))
    }

    #[test]
    fn a_batch_sees_what_those_before_it_in_the_group_do() {
        let insert = Batch::new().expect_absent("a").put("a", "1");
        let update = Batch::new().expect_version("a", Version(8)).put("a", "2");
        let plan = of(&[insert.clone(), insert, update], HashMap::new());
        let conflict = Conflict { key: Bytes::from("a") };
        assert_eq!(plan.verdicts, [Ok(Version(8)), Err(conflict), Ok(Version(9))]);
        assert_eq!(plan.writes.len(), 1);
        assert_eq!(plan.writes["a".as_bytes()].as_ref().unwrap().value, "2");
        assert_eq!(plan.events.len(), 2, "watchers see both");
    }

    #[test]
    fn what_has_expired_is_absent_and_is_swept_once() {
        let plan = of(&[Batch::new().expect_version("a", Version(3)).delete("a")], found(3, Some(1000)));
        assert!(plan.verdicts[0].is_err());
        let keys = [Bytes::from("a"), Bytes::from("b")];
        let swept = plan_expired(&keys, found(3, Some(1000)));
        assert_eq!((swept.version, swept.events.len()), (8, 1));
        let kept = plan_expired(&keys, found(3, Some(1001)));
        assert_eq!((kept.version, kept.events.len()), (7, 0), "it was put again in the meantime");
    }

    fn plan_expired(keys: &[Bytes], found: HashMap<Bytes, Known>) -> Plan {
        plan([Item::Expired(keys)], found, 7, Moment(1000))
    }

    #[test]
    fn a_group_must_know_of_each_key_once() {
        let batch = Batch::new().expect_absent("a").expect_absent("b").put("a", "").delete("c");
        let mut keys = keys([Item::Batch(&batch), Item::Batch(&batch)]);
        keys.sort_unstable();
        assert_eq!(keys, [&b"a"[..], b"b", b"c"]);
    }
}
