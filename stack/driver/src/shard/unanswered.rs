//! Requests that have not been answered, by who asked, over all shards of a node.
//!
//! A connection knows its peer's account from the start, so that a request costs two additions and their taking back;
//! for datagrams each shard keeps the accounts that it has met at hand.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;

use crate::Limits;

/// Parts of the table of accounts, each with a lock of its own.
const PARTS: usize = 16;
/// Accounts in a part before those are looked for that nobody uses any more.
const FEW: usize = 64;
/// Accounts that a shard keeps at hand.
const AT_HAND: usize = 1024;
/// How many bits of [`Account::owing`] count octets; those above count requests.
const OCTETS: u32 = 40;

/// What everybody together has asked, and everybody's account.
pub(super) struct Unanswered {
    bounds: Bounds,
    total: Arc<Total>,
    parts: [Mutex<Part>; PARTS],
    hasher: ahash::RandomState,
}

#[derive(Clone, Copy)]
struct Bounds {
    requests_per_peer: u64,
    octets: usize,
}

/// Written by all shards: apart from everything else that they read.
#[derive(Default)]
#[repr(align(64))]
struct Total(AtomicUsize);

struct Part {
    accounts: HashMap<IpAddr, Arc<Account>, ahash::RandomState>,
    look_at: usize,
}

impl Default for Part {
    fn default() -> Self {
        Self { accounts: HashMap::default(), look_at: FEW }
    }
}

/// What one peer has asked.
pub(super) struct Account {
    bounds: Bounds,
    total: Arc<Total>,
    /// Requests and their octets, in one number, so that both are written at once.
    owing: AtomicU64,
}

impl Unanswered {
    pub(super) fn new(limits: &Limits) -> Self {
        let most = (1 << (u64::BITS - OCTETS - 1)) - 1;
        let requests_per_peer = u64::try_from(limits.requests_per_peer).unwrap_or(most).min(most);
        Self {
            bounds: Bounds { requests_per_peer, octets: limits.requests_octets },
            total: Arc::default(),
            parts: std::array::from_fn(|_| Mutex::default()),
            hasher: ahash::RandomState::new(),
        }
    }

    /// The account of this peer, which is opened where there is none.
    pub(super) fn account(&self, peer: IpAddr) -> Arc<Account> {
        let place = self.hasher.hash_one(peer) as usize % PARTS;
        // The remainder is always a place.
        let Some(part) = self.parts.get(place) else { return Arc::new(self.open()) };
        let mut part = part.lock();
        if part.accounts.len() >= part.look_at {
            // Nobody can begin to use one meanwhile: the only way to it is through this lock.
            part.accounts.retain(|_, account| Arc::strong_count(account) > 1);
            part.look_at = FEW.max(part.accounts.len() * 2);
        }
        part.accounts.entry(peer).or_insert_with(|| Arc::new(self.open())).clone()
    }

    fn open(&self) -> Account {
        Account { bounds: self.bounds, total: self.total.clone(), owing: AtomicU64::new(0) }
    }
}

impl Account {
    /// One more request of so many octets, where that is within the bounds. Half of the octets are for the others.
    pub(super) fn charge(self: &Arc<Self>, octets: usize) -> Option<Charge> {
        let charge = Charge { account: self.clone(), octets };
        let owing = self.owing.fetch_add(charge.both(), Ordering::Relaxed) + charge.both();
        let total = self.total.0.fetch_add(octets, Ordering::Relaxed) + octets;
        let (requests, own) = (owing >> OCTETS, owing & ((1 << OCTETS) - 1));
        let fits = requests <= self.bounds.requests_per_peer
            && own <= self.bounds.octets.div_ceil(2) as u64
            && total <= self.bounds.octets;
        // What does not fit is taken back as the charge is dropped.
        fits.then_some(charge)
    }
}

/// One request on its peer's account, for as long as it lives.
pub(super) struct Charge {
    account: Arc<Account>,
    octets: usize,
}

impl Charge {
    fn both(&self) -> u64 {
        (1 << OCTETS) + self.octets as u64
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.owing.fetch_sub(self.both(), Ordering::Relaxed);
        self.account.total.0.fetch_sub(self.octets, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Charge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Charge").field("octets", &self.octets).finish_non_exhaustive()
    }
}

/// The accounts of those whose datagrams a shard has taken in lately.
#[derive(Default)]
pub(super) struct AtHand(HashMap<IpAddr, Arc<Account>, ahash::RandomState>);

impl AtHand {
    pub(super) fn account(&mut self, peer: IpAddr, unanswered: &Unanswered) -> &Arc<Account> {
        if self.0.len() >= AT_HAND && !self.0.contains_key(&peer) {
            self.0.clear();
        }
        self.0.entry(peer).or_insert_with(|| unanswered.account(peer))
    }
}

#[cfg(test)]
mod tests;
