//! The subscriptions that this replica tells, by dialog and by what they watch.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::SystemTime,
};

use dialog::{
    Id,
    notifier::{Action, Input, State},
};
use futures::channel::mpsc;
use wire::Hop;

use super::{Told, record::Record};
use crate::{metrics::Subscriptions, peer::Peer};

/// One subscription at work.
#[derive(Debug)]
pub(super) struct Entry {
    pub record: Record,
    pub peer: Peer,
    pub told: Told,
    /// The next NOTIFY tells everything, known or not.
    pub is_whole: bool,
    /// How many NOTIFYs in a row could not be brought to the subscriber, or were put off by him.
    pub lost: u32,
    /// Where its NOTIFYs go first.
    pub hop: Hop,
    /// It is over with its one NOTIFY, which has the state (RFC 6665 4.4.3).
    pub is_fetch: bool,
    /// To whoever sleeps until its next timeout, and no longer than it is in the book; none before its first NOTIFY.
    sleeper: Option<mpsc::Sender<()>>,
}

impl Entry {
    pub(super) fn new(record: Record, peer: Peer, hop: Hop) -> Self {
        Self {
            record,
            peer,
            told: Told::new(),
            is_whole: false,
            lost: 0,
            hop,
            is_fetch: false,
            sleeper: None,
        }
    }

    /// Whether nothing is left of it but its last NOTIFY.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.record.machine.state(), State::Terminated(_))
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

/// A subscription in the book, with the octets that it counts there.
#[derive(Debug)]
struct Held {
    entry: Entry,
    octets: usize,
}

/// What one peer has in the book.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Share {
    pub count: usize,
    pub octets: usize,
}

impl Share {
    fn and(self, more: Self) -> Self {
        let (count, octets) =
            (self.count.saturating_add(more.count), self.octets.saturating_add(more.octets));
        Self { count, octets }
    }

    fn less(self, gone: Self) -> Self {
        let (count, octets) =
            (self.count.saturating_sub(gone.count), self.octets.saturating_sub(gone.octets));
        Self { count, octets }
    }

    /// Whether what there would be with it is no more than may be; of what it does not add to, there may be too much already.
    fn fits(self, with: Self, most: Self) -> bool {
        (self.count == 0 || with.count <= most.count) && (self.octets == 0 || with.octets <= most.octets)
    }
}

/// What there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// Of all peers together.
    pub all: Share,
    /// Of one.
    pub own: Share,
}

#[derive(Debug)]
pub(super) struct Book {
    /// Counts them.
    counters: Subscriptions,
    entries: HashMap<Id, Held>,
    peers: HashMap<Peer, Share>,
    /// Of all of them.
    octets: usize,
    /// What has been let in and is not there yet. `peers` has it, too.
    coming: Share,
    resources: HashMap<String, HashSet<Id>>,
    /// Watched names that end in `/`.
    folders: BTreeSet<String>,
}

impl Book {
    /// Without any of this package.
    pub(super) fn new(package: &'static str) -> Self {
        Self {
            counters: Subscriptions::nowhere(package),
            entries: HashMap::new(),
            peers: HashMap::new(),
            octets: 0,
            coming: Share::default(),
            resources: HashMap::new(),
            folders: BTreeSet::new(),
        }
    }

    /// From now on they count into these.
    pub(super) fn count_into(&mut self, counters: Subscriptions) {
        let here = i64::try_from(self.len()).unwrap_or(i64::MAX);
        self.counters.held.dec_by(here);
        counters.held.inc_by(here);
        self.counters = counters;
    }

    pub(super) fn counters(&self) -> &Subscriptions {
        &self.counters
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What all have, and are about to have.
    fn whole(&self) -> Share {
        Share { count: self.entries.len(), octets: self.octets }.and(self.coming)
    }

    fn of_peer(&self, peer: &Peer) -> Share {
        self.peers.get(peer).copied().unwrap_or_default()
    }

    pub(super) fn get(&self, id: &Id) -> Option<&Entry> {
        self.entries.get(id).map(|held| &held.entry)
    }

    pub(super) fn get_mut(&mut self, id: &Id) -> Option<&mut Entry> {
        self.entries.get_mut(id).map(|held| &mut held.entry)
    }

    /// So much more is about to come of this peer, unless that is more than `most` lets it or all of them have. What is let in counts at
    /// once, until [`Book::give_back`], so that of many who come together no more are let in than there is room for.
    pub(super) fn let_in(&mut self, peer: &Peer, more: Share, most: Most) -> bool {
        let (all, own) = (self.whole().and(more), self.of_peer(peer).and(more));
        if !more.fits(all, most.all) || !more.fits(own, most.own) {
            return false;
        }
        self.coming = self.coming.and(more);
        self.peers.insert(peer.clone(), own);
        true
    }

    /// What was let in has come, or does not.
    pub(super) fn give_back(&mut self, peer: &Peer, more: Share) {
        self.coming = self.coming.less(more);
        self.free(peer, more);
    }

    fn free(&mut self, peer: &Peer, share: Share) {
        if let Some(own) = self.peers.get_mut(peer) {
            *own = own.less(share);
            if *own == Share::default() {
                self.peers.remove(peer);
            }
        }
    }

    pub(super) fn insert(&mut self, id: Id, entry: Entry) {
        self.remove(&id);
        for resource in &entry.record.watch.resources {
            if resource.ends_with('/') {
                self.folders.insert(resource.clone());
            }
            self.resources.entry(resource.clone()).or_default().insert(id.clone());
        }
        let octets = entry.record.octets();
        let own = self.of_peer(&entry.peer).and(Share { count: 1, octets });
        self.peers.insert(entry.peer.clone(), own);
        self.octets += octets;
        self.counters.held.inc();
        self.entries.insert(id, Held { entry, octets });
    }

    pub(super) fn remove(&mut self, id: &Id) -> Option<Entry> {
        let Held { entry, octets } = self.entries.remove(id)?;
        self.octets -= octets;
        self.counters.held.dec();
        self.free(&entry.peer, Share { count: 1, octets });
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

/// What is told no longer here counts no longer.
impl Drop for Book {
    fn drop(&mut self) {
        self.counters.held.dec_by(i64::try_from(self.len()).unwrap_or(i64::MAX));
    }
}
