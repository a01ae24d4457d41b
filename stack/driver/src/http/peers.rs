//! Who holds how much at a listener: connections, handshakes, requests and octets, of all peers and of each.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;

use super::{
    HttpLimits,
    bodies::{Bodies, Reading},
};
use crate::{Admission, subscriber::subscriber};

/// Peers that are remembered before those without a connection are forgotten.
const REMEMBERED: usize = 64;

/// One peer may have this part of the handshakes, and of the octets.
const SHARE: usize = 8;

/// What one peer holds.
#[derive(Default)]
pub(super) struct Peer {
    connections: AtomicUsize,
    handshakes: AtomicUsize,
    requests: AtomicUsize,
    octets: AtomicUsize,
}

/// What all of them hold.
#[derive(Default)]
pub(super) struct Peers {
    connections: AtomicUsize,
    requests: AtomicUsize,
    octets: AtomicUsize,
    pub(super) bodies: Bodies,
    known: Mutex<HashMap<IpAddr, Weak<Peer>>>,
}

impl Peers {
    /// Takes a connection in, with a handshake to come or without; else says what is full. Where all places are taken, `make_room`
    /// says whether somebody goes. That there are too many handshakes of all peers together is looked at where they are ranked
    /// ([`super::strangers::Strangers::enter_among`]).
    pub(super) fn connect(
        self: &Arc<Self>,
        address: IpAddr,
        admission: &Admission,
        shakes: bool,
        make_room: impl FnOnce() -> bool,
    ) -> Result<(Connected, Option<Shaking>), &'static str> {
        let peer = self.peer(address);
        let shaking = if shakes { Some(Shaking::begin(&peer, admission)?) } else { None };
        taken(&peer.connections, 1, admission.per_address).ok_or("too many connections of one address")?;
        // Whoever goes has gone in a moment; until then there is one too many.
        let before = self.connections.fetch_add(1, Ordering::SeqCst);
        let connected = Connected { peers: self.clone(), peer };
        if before < admission.connections || make_room() {
            Ok((connected, shaking))
        } else {
            Err("too many connections")
        }
    }

    /// Connections that are open, and requests that are under way.
    pub(super) fn count(&self) -> usize {
        self.connections.load(Ordering::SeqCst) + self.requests.load(Ordering::SeqCst)
    }

    fn peer(&self, address: IpAddr) -> Arc<Peer> {
        let address = subscriber(address);
        let mut known = self.known.lock();
        if let Some(peer) = known.get(&address).and_then(Weak::upgrade) {
            return peer;
        }
        if known.len() >= REMEMBERED && known.len().is_power_of_two() {
            known.retain(|_, peer| peer.strong_count() > 0);
        }
        let peer = Arc::default();
        known.insert(address, Arc::downgrade(&peer));
        peer
    }
}

/// A connection's place.
pub(super) struct Connected {
    peers: Arc<Peers>,
    peer: Arc<Peer>,
}

impl Connected {
    /// Takes a request in that is whole, unless there are too many.
    pub(super) fn request(&self, limits: &HttpLimits) -> Option<Place> {
        Place::take(&self.peers, &self.peer, limits, None)
    }

    /// Begins to read a body.
    pub(super) fn body(&self, limits: &HttpLimits) -> Reading {
        self.peers.bodies.begin(self.peers.clone(), self.peer.clone(), limits)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        given_back(&self.peers.connections, 1);
        given_back(&self.peer.connections, 1);
    }
}

/// A handshake in progress, which is its peer's.
pub(super) struct Shaking {
    peer: Arc<Peer>,
}

impl Shaking {
    fn begin(peer: &Arc<Peer>, admission: &Admission) -> Result<Self, &'static str> {
        let share = admission.handshakes.div_ceil(SHARE);
        taken(&peer.handshakes, 1, share).ok_or("too many handshakes")?;
        Ok(Self { peer: peer.clone() })
    }
}

impl Drop for Shaking {
    fn drop(&mut self) {
        given_back(&self.peer.handshakes, 1);
    }
}

/// A request's place.
pub(super) struct Place {
    peers: Arc<Peers>,
    peer: Arc<Peer>,
    _octets: Option<Octets>,
}

impl Place {
    /// For a request whose body holds these octets, if any.
    pub(super) fn take(
        peers: &Arc<Peers>,
        peer: &Arc<Peer>,
        limits: &HttpLimits,
        octets: Option<Octets>,
    ) -> Option<Self> {
        let all = (&peers.requests, limits.requests);
        both(all, (&peer.requests, limits.requests_per_peer))?;
        Some(Self { peers: peers.clone(), peer: peer.clone(), _octets: octets })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        given_back(&self.peers.requests, 1);
        given_back(&self.peer.requests, 1);
    }
}

/// Octets of a body, given back in the end.
pub(super) struct Octets {
    peers: Arc<Peers>,
    peer: Arc<Peer>,
    count: usize,
}

impl Octets {
    /// None yet.
    pub(super) fn of(peers: &Arc<Peers>, peer: &Arc<Peer>) -> Self {
        Self { peers: peers.clone(), peer: peer.clone(), count: 0 }
    }

    /// Whether they are this peer's.
    pub(super) fn are_of(&self, peer: &Arc<Peer>) -> bool {
        Arc::ptr_eq(&self.peer, peer)
    }

    /// How many.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Makes it so many in all, or says whose share has no room for them.
    pub(super) fn grow(&mut self, octets: usize, limits: &HttpLimits) -> Result<(), Share> {
        let more = octets.saturating_sub(self.count);
        taken(&self.peers.octets, more, limits.octets).ok_or(Share::All)?;
        let of_peer = (limits.octets / SHARE).max(limits.body);
        if taken(&self.peer.octets, more, of_peer).is_none() {
            given_back(&self.peers.octets, more);
            return Err(Share::Peer);
        }
        self.count += more;
        Ok(())
    }
}

/// Whose share it is that is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Share {
    /// That of all peers together.
    All,
    /// The peer's own.
    Peer,
}

impl Drop for Octets {
    fn drop(&mut self) {
        given_back(&self.peers.octets, self.count);
        given_back(&self.peer.octets, self.count);
    }
}

/// Adds one to two counts, or to neither.
fn both(all: (&AtomicUsize, usize), one: (&AtomicUsize, usize)) -> Option<()> {
    taken(all.0, 1, all.1)?;
    let second = taken(one.0, 1, one.1);
    if second.is_none() {
        given_back(all.0, 1);
    }
    second
}

/// Adds to a count that must not pass its limit.
fn taken(count: &AtomicUsize, more: usize, limit: usize) -> Option<()> {
    let before = count.fetch_add(more, Ordering::SeqCst);
    if before.saturating_add(more) <= limit {
        return Some(());
    }
    given_back(count, more);
    None
}

fn given_back(count: &AtomicUsize, less: usize) {
    count.fetch_sub(less, Ordering::SeqCst);
}

#[cfg(test)]
mod tests;
