//! Who is let in at a stream listener, over all shards of the node, and who makes room.
//!
//! A connection is a stranger's until it has proved something: a certificate, or a request that was answered with
//! success, which OPTIONS is for anybody and therefore no proof. Strangers make room for each other, so that whoever holds connections without ever proving anything keeps
//! nobody out; those who have proved something stay.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::Arc,
};

use parking_lot::Mutex;
use tokio::sync::mpsc::UnboundedSender;
use wire::ConnectionId;

use super::{budget::release, inbox::Letter, seldom::SeldomEach};
use crate::{Admission, room::Tenant, subscriber::subscriber};

/// One address may have this part of the handshakes.
const SHARE: usize = 8;

type ByAddress = HashMap<IpAddr, usize, ahash::RandomState>;

/// The door of one listener.
pub(super) struct Door {
    admission: Admission,
    /// Of the shards that its connections are of.
    inboxes: Vec<UnboundedSender<Letter>>,
    inside: Mutex<Inside>,
    /// Lines about handshakes that came to nothing.
    refusals: SeldomEach,
}

#[derive(Default)]
struct Inside {
    /// Counts up: whoever has a lower rank has been idle, or shaking hands, for longer.
    rank: u64,
    connections: usize,
    held: ByAddress,
    strangers: BTreeMap<u64, Guest>,
    shaking: BTreeMap<u64, Guest>,
    shaking_held: ByAddress,
}

#[derive(Clone, Copy)]
struct Guest {
    connection: ConnectionId,
    address: IpAddr,
}

/// What whoever is let in holds, and who has to go for it.
pub(super) struct Admitted {
    pub(super) place: Place,
    pub(super) handshake: Option<Handshake>,
    pub(super) displaced: [Option<Displaced>; 2],
}

/// A connection that is to be closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Displaced {
    pub(super) connection: ConnectionId,
    pub(super) why: &'static str,
}

impl Door {
    pub(super) fn new(admission: Admission, inboxes: Vec<UnboundedSender<Letter>>) -> Self {
        Self { admission, inboxes, inside: Mutex::default(), refusals: SeldomEach::default() }
    }

    pub(super) fn refusals(&self) -> &SeldomEach {
        &self.refusals
    }

    pub(super) fn admission(&self) -> &Admission {
        &self.admission
    }

    /// What is full for a connection that comes from there, if anything is.
    pub(super) fn has_room(&self, from: IpAddr, shakes: bool) -> Result<(), &'static str> {
        self.inside.lock().has_room(subscriber(from), shakes, &self.admission)
    }

    /// Lets a connection in that comes from there, with a handshake to come or without; else says what is full.
    pub(super) fn admit(
        self: &Arc<Self>,
        from: IpAddr,
        connection: ConnectionId,
        shakes: bool,
    ) -> Result<Admitted, &'static str> {
        let guest = Guest { connection, address: subscriber(from) };
        let mut inside = self.inside.lock();
        inside.has_room(guest.address, shakes, &self.admission)?;
        let handshake = shakes.then(|| inside.begin_handshake(guest, &self.admission));
        let (rank, displaced) = inside.enter(guest, &self.admission);
        drop(inside);
        let (number, unshaken) = handshake.map_or((None, None), |(number, gone)| (Some(number), gone));
        Ok(Admitted {
            place: Place { door: self.clone(), address: guest.address, rank: Some(rank) },
            handshake: number.map(|number| Handshake { door: self.clone(), number }),
            displaced: [displaced, unshaken],
        })
    }
}

impl Tenant for Door {
    fn strangers(&self) -> usize {
        self.inside.lock().strangers.len()
    }

    fn evict(&self) -> bool {
        let gone = self.inside.lock().evict("evicted for descriptors");
        let Some(displaced) = gone else { return false };
        // A shard that has ended has no connections.
        let inbox = self.inboxes.get(usize::from(displaced.connection.shard));
        inbox.is_some_and(|inbox| inbox.send(Letter::Displaced(displaced)).is_ok())
    }
}

impl Inside {
    fn has_room(&self, address: IpAddr, shakes: bool, admission: &Admission) -> Result<(), &'static str> {
        let held = |by: &ByAddress| by.get(&address).copied().unwrap_or(0);
        if held(&self.held) >= admission.per_address {
            return Err("too many connections of one address");
        }
        if self.connections >= admission.connections && self.strangers.is_empty() {
            return Err("too many connections");
        }
        if !shakes {
            return Ok(());
        }
        let shaking = held(&self.shaking_held);
        if shaking >= admission.handshakes.div_ceil(SHARE) {
            return Err("too many handshakes of one address");
        }
        // Nobody makes room for whoever would then have more than they.
        let most = self.shaking_held.values().copied().max().unwrap_or(0);
        let is_full = self.shaking.len() >= admission.handshakes;
        if is_full && most <= shaking { Err("too many handshakes") } else { Ok(()) }
    }

    fn enter(&mut self, guest: Guest, admission: &Admission) -> (u64, Option<Displaced>) {
        let is_full = self.connections >= admission.connections;
        let displaced = if is_full { self.evict("evicted connection") } else { None };
        self.connections += 1;
        *self.held.entry(guest.address).or_default() += 1;
        let rank = self.next();
        self.strangers.insert(rank, guest);
        (rank, displaced)
    }

    fn evict(&mut self, why: &'static str) -> Option<Displaced> {
        let (_, longest_idle) = self.strangers.pop_first()?;
        self.release(longest_idle.address);
        Some(Displaced { connection: longest_idle.connection, why })
    }

    fn begin_handshake(&mut self, guest: Guest, admission: &Admission) -> (u64, Option<Displaced>) {
        let is_full = self.shaking.len() >= admission.handshakes;
        let oldest = if is_full { self.oldest_of_who_has_most() } else { None };
        let displaced = oldest.and_then(|number| {
            let gone = self.end_handshake(number)?;
            Some(Displaced { connection: gone.connection, why: "evicted handshake" })
        });
        let number = self.next();
        self.shaking.insert(number, guest);
        *self.shaking_held.entry(guest.address).or_default() += 1;
        (number, displaced)
    }

    fn oldest_of_who_has_most(&self) -> Option<u64> {
        let most = self.shaking_held.values().copied().max()?;
        let has_most = |guest: &Guest| self.shaking_held.get(&guest.address) == Some(&most);
        self.shaking.iter().find(|(_, guest)| has_most(guest)).map(|(number, _)| *number)
    }

    fn end_handshake(&mut self, number: u64) -> Option<Guest> {
        let guest = self.shaking.remove(&number)?;
        release(&mut self.shaking_held, guest.address);
        Some(guest)
    }

    fn release(&mut self, address: IpAddr) {
        self.connections = self.connections.saturating_sub(1);
        release(&mut self.held, address);
    }

    fn next(&mut self) -> u64 {
        self.rank += 1;
        self.rank
    }
}

/// What one connection holds until it goes.
pub(super) struct Place {
    door: Arc<Door>,
    address: IpAddr,
    /// Among the strangers; none once something is proved.
    rank: Option<u64>,
}

impl Place {
    /// Whether nothing has been proved yet.
    pub(super) fn is_strangers(&self) -> bool {
        self.rank.is_some()
    }

    /// A stranger has shown a sign of life: others have been idle for longer now.
    pub(super) fn moved(&mut self) {
        let Some(rank) = self.rank else { return };
        let mut inside = self.door.inside.lock();
        // Whoever has been told to go stays so.
        if let Some(guest) = inside.strangers.remove(&rank) {
            let rank = inside.next();
            inside.strangers.insert(rank, guest);
            self.rank = Some(rank);
        }
    }

    /// Something has been proved: nobody makes it go any more.
    pub(super) fn proved(&mut self) {
        let Some(rank) = self.rank else { return };
        if self.door.inside.lock().strangers.remove(&rank).is_some() {
            self.rank = None;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.door.inside.lock();
        // Whoever was made to go has no place any more.
        if self.rank.is_none_or(|rank| inside.strangers.remove(&rank).is_some()) {
            inside.release(self.address);
        }
    }
}

/// What one handshake holds until it has ended, one way or the other.
pub(super) struct Handshake {
    door: Arc<Door>,
    number: u64,
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.door.inside.lock().end_handshake(self.number);
    }
}

#[cfg(test)]
mod tests;
