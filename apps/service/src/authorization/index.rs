//! All bindings in memory: found by identity, by user, and by what ends next.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, HashSet},
    ops::Bound,
};

use kit::Impu;
use store::Version;
use xml_schemas::ids::McServiceId;

use super::{Binding, FOR_GOOD};

/// What is known of every identity.
#[derive(Default)]
pub(super) struct Index {
    /// In order, so that it can be looked through in pages.
    held: BTreeMap<Impu, Held>,
    by_user: HashMap<McServiceId, Vec<Impu>>,
    /// When which identity is looked at. Of one identity there may be several; the earliest is [`Held::look`].
    looks: BinaryHeap<Reverse<(u64, Impu)>>,
    clients: usize,
}

struct Held {
    binding: Binding,
    /// That of its record.
    version: Version,
    /// When it is looked at.
    look: u64,
}

impl Index {
    pub(super) fn get(&self, impu: &Impu) -> Option<&Binding> {
        self.held.get(impu).map(|held| &held.binding)
    }

    pub(super) fn version(&self, impu: &Impu) -> Option<Version> {
        self.held.get(impu).map(|held| held.version)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Impu, &Binding)> {
        self.held.iter().map(|(impu, held)| (impu, &held.binding))
    }

    /// Those that come after this identity.
    pub(super) fn after(&self, impu: Option<&Impu>) -> impl Iterator<Item = (&Impu, &Binding)> {
        let from = impu.map_or(Bound::Unbounded, Bound::Excluded);
        let held = self.held.range::<Impu, _>((from, Bound::Unbounded));
        held.map(|(impu, held)| (impu, &held.binding))
    }

    pub(super) fn users(&self) -> impl Iterator<Item = &McServiceId> {
        self.by_user.keys()
    }

    pub(super) fn bindings_of(&self, user: &McServiceId) -> impl Iterator<Item = (&Impu, &Binding)> {
        let identities = self.by_user.get(user).into_iter().flatten();
        identities.filter_map(|impu| self.held.get(impu).map(|held| (impu, &held.binding)))
    }

    pub(super) fn count(&self) -> (usize, usize) {
        (self.held.len(), self.clients)
    }

    /// What the record of this version says.
    pub(super) fn put(&mut self, impu: Impu, binding: Binding, version: Version) {
        let look = self.take(&impu).map_or(FOR_GOOD, |before| before.look);
        self.insert(impu, Held { binding, version, look });
    }

    /// As [`Index::put`], of an identity of which nothing is held yet: at a start there are a million of them.
    pub(super) fn fill(&mut self, impu: Impu, binding: Binding, version: Version) {
        self.insert(impu, Held { binding, version, look: FOR_GOOD });
    }

    fn insert(&mut self, impu: Impu, mut held: Held) {
        let clients = &held.binding.clients;
        for (place, client) in clients.iter().enumerate() {
            if clients.iter().take(place).all(|other| other.user != client.user) {
                self.by_user.entry(client.user.clone()).or_default().push(impu.clone());
            }
        }
        self.clients += clients.len();
        let next = held.binding.next().unwrap_or(FOR_GOOD);
        if next < held.look {
            held.look = next;
            self.looks.push(Reverse((next, impu.clone())));
        }
        self.held.insert(impu, held);
    }

    /// There is no such record any more.
    pub(super) fn remove(&mut self, impu: &Impu) {
        self.take(impu);
    }

    fn take(&mut self, impu: &Impu) -> Option<Held> {
        let held = self.held.remove(impu)?;
        self.clients -= held.binding.clients.len();
        for client in &held.binding.clients {
            if let Some(identities) = self.by_user.get_mut(&client.user) {
                identities.retain(|other| other != impu);
                if identities.is_empty() {
                    self.by_user.remove(&client.user);
                }
            }
        }
        Some(held)
    }

    /// The earlier of two times stays: who looks too early finds the later one in the binding.
    pub(super) fn look(&mut self, impu: &Impu, at: u64) {
        if let Some(held) = self.held.get_mut(impu).filter(|held| at < held.look) {
            held.look = at;
            self.looks.push(Reverse((at, impu.clone())));
        }
    }

    pub(super) fn next(&self) -> Option<u64> {
        self.looks.peek().map(|Reverse((at, _))| *at)
    }

    /// Who is to be looked at by now. What has not ended is looked at when it does.
    pub(super) fn due(&mut self, now: u64) -> Vec<Impu> {
        let mut due = Vec::new();
        while self.next().is_some_and(|at| at <= now) {
            let Some(Reverse((at, impu))) = self.looks.pop() else { break };
            let Some(held) = self.held.get_mut(&impu).filter(|held| held.look == at) else { continue };
            held.look = FOR_GOOD;
            match held.binding.next() {
                Some(next) if next > now => self.look(&impu, next),
                _ => due.push(impu),
            }
        }
        due
    }

    /// Holds what `new` holds. Of whom either knows something.
    pub(super) fn replace(&mut self, new: Self) -> Vec<McServiceId> {
        let old = std::mem::replace(self, new);
        let users: HashSet<&McServiceId> = old.by_user.keys().chain(self.by_user.keys()).collect();
        users.into_iter().cloned().collect()
    }
}
