//! The subscriptions that this replica tells, by dialog and by what they watch.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::SystemTime,
};

use dialog::{
    Id,
    notifier::{Action, Input},
};
use futures::channel::mpsc;
use wire::Hop;

use super::{Told, record::Record};
use crate::peer::Peer;

/// One subscription at work.
#[derive(Debug)]
pub(super) struct Entry {
    pub record: Record,
    pub peer: Peer,
    pub told: Told,
    /// Where its NOTIFYs go first.
    pub hop: Hop,
    /// To whoever sleeps until its next timeout, and no longer than it is in the book; none before its first NOTIFY.
    sleeper: Option<mpsc::Sender<()>>,
}

impl Entry {
    pub(super) fn new(record: Record, peer: Peer, hop: Hop) -> Self {
        Self { record, peer, told: Told::new(), hop, sleeper: None }
    }

    /// Feeds its machine, and wakes the sleeper where the next timeout is another one now.
    pub(super) fn handle(&mut self, now: SystemTime, input: Input) -> Action {
        let before = self.record.machine.timeout();
        let action = self.record.machine.handle(now, input);
        if self.record.machine.timeout() != before
            && let Some(sleeper) = &mut self.sleeper
        {
            // One that is full has been woken already; one that is closed has nothing to wait for.
            let _ = sleeper.try_send(());
        }
        action
    }

    /// What its sleeper hears: that the next timeout is another one, and by the end that it is out of the book.
    pub(super) fn woken(&mut self) -> mpsc::Receiver<()> {
        let (sleeper, woken) = mpsc::channel(0);
        self.sleeper = Some(sleeper);
        woken
    }
}

#[derive(Debug, Default)]
pub(super) struct Book {
    entries: HashMap<Id, Entry>,
    peers: HashMap<Peer, usize>,
    resources: HashMap<String, HashSet<Id>>,
    /// Watched names that end in `/`.
    folders: BTreeSet<String>,
}

impl Book {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn of_peer(&self, peer: &Peer) -> usize {
        self.peers.get(peer).copied().unwrap_or_default()
    }

    pub(super) fn get(&self, id: &Id) -> Option<&Entry> {
        self.entries.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &Id) -> Option<&mut Entry> {
        self.entries.get_mut(id)
    }

    pub(super) fn insert(&mut self, id: Id, entry: Entry) {
        self.remove(&id);
        for resource in &entry.record.watch.resources {
            if resource.ends_with('/') {
                self.folders.insert(resource.clone());
            }
            self.resources.entry(resource.clone()).or_default().insert(id.clone());
        }
        *self.peers.entry(entry.peer.clone()).or_default() += 1;
        self.entries.insert(id, entry);
    }

    pub(super) fn remove(&mut self, id: &Id) -> Option<Entry> {
        let entry = self.entries.remove(id)?;
        if let Some(count) = self.peers.get_mut(&entry.peer) {
            *count -= 1;
            if *count == 0 {
                self.peers.remove(&entry.peer);
            }
        }
        for resource in &entry.record.watch.resources {
            let Some(watching) = self.resources.get_mut(resource) else { continue };
            watching.remove(id);
            if watching.is_empty() {
                self.resources.remove(resource);
                self.folders.remove(resource);
            }
        }
        Some(entry)
    }

    /// Who watches a resource, by its name or by a folder above it.
    pub(super) fn watching(&self, resource: &str) -> Vec<Id> {
        let above =
            resource.char_indices().filter(|(_, c)| *c == '/').filter_map(|(at, _)| resource.get(..=at));
        let folders = above.filter(|folder| self.folders.contains(*folder));
        let names = folders.chain([resource]);
        let ids: HashSet<&Id> = names.filter_map(|name| self.resources.get(name)).flatten().collect();
        ids.into_iter().cloned().collect()
    }

    pub(super) fn ids(&self) -> Vec<Id> {
        self.entries.keys().cloned().collect()
    }
}
