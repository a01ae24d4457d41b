//! One stream connection, as the rest of the shard sees it.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{HashMap, VecDeque},
    convert::Infallible,
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    task::Waker,
    time::{Instant, SystemTime},
};

use bytes::{Buf as _, BytesMut};
use tokio::sync::oneshot;
use transaction::ClientId;
use wire::{Arrival, Hop, TlsPeer, Transport};

use super::{budget::Buffered, door::Place, unanswered::Account};
use crate::{
    Limits,
    tls::{Profiles, Proved},
};

/// Transactions of other shards that a connection remembers; one that we opened for all shards carries more.
const REMEMBERED: usize = 256;
const REMEMBERED_FOR_ALL: usize = 4096;

/// What a connection is shared by: never across peers that another identity was asked of.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct PoolKey {
    pub(super) address: SocketAddr,
    pub(super) transport: Transport,
    pub(super) tls: Option<TlsPeer>,
}

impl PoolKey {
    pub(super) fn of(hop: &Hop, transport: Transport) -> Self {
        Self { address: hop.address, transport, tls: hop.tls.clone() }
    }
}

pub(super) struct Link {
    /// What is said of every message that comes by it. Known in full once it is open.
    pub(super) arrival: RefCell<Arrival>,
    /// Where it stands in the pool; none for connections that the peer opened.
    pub(super) key: Option<PoolKey>,
    /// What it holds at the door, where the peer opened it.
    place: RefCell<Option<Place>>,
    /// What the peer has asked that is not answered, by this connection and by others.
    pub(super) account: Arc<Account>,
    /// Where the peer, which opened it, wants to be reached by it too.
    pub(super) alias: Cell<Option<SocketAddr>>,
    /// To whom requests of ours go by it as an alias.
    pub(super) reused_for: RefCell<Vec<PoolKey>>,
    /// The first message has come.
    pub(super) is_begun: Cell<bool>,
    pub(super) is_open: Cell<bool>,
    /// What the peer has proved, and when its certificate ends.
    proved: OnceCell<(Proved, Option<Instant>)>,
    /// Why it is to be closed.
    closing: RefCell<Option<Arc<str>>>,
    out: RefCell<BytesMut>,
    /// The transactions whose responses are awaited by it, by the number of [`super::outbound::Sent`].
    pub(super) users: RefCell<HashMap<u64, ClientId, ahash::RandomState>>,
    /// The latest transactions of other shards that sent by it. Those that have had their response are no longer known
    /// there, so that nothing is lost by naming them.
    users_elsewhere: RefCell<VecDeque<(u16, ClientId)>>,
    /// Dropped when it has ended, which whoever holds the other half learns from.
    watches: RefCell<Vec<oneshot::Sender<Infallible>>>,
    /// The peer has answered a sign of life.
    pub(super) has_ponged: Cell<bool>,
    /// Requests that came by it and are still to be answered.
    pub(super) asked: Cell<usize>,
    /// Octets of a message that has not come whole.
    incomplete: Cell<usize>,
    buffered: Rc<Buffered>,
    pub(super) last_used: Cell<Instant>,
    task: RefCell<Option<Waker>>,
}

impl Link {
    pub(super) fn new(
        arrival: Arrival,
        key: Option<PoolKey>,
        account: Arc<Account>,
        now: Instant,
        buffered: Rc<Buffered>,
    ) -> Self {
        Self {
            is_open: Cell::new(key.is_none()),
            arrival: RefCell::new(arrival),
            key,
            place: RefCell::default(),
            account,
            alias: Cell::new(None),
            reused_for: RefCell::default(),
            is_begun: Cell::new(false),
            proved: OnceCell::new(),
            closing: RefCell::default(),
            out: RefCell::default(),
            users: RefCell::default(),
            users_elsewhere: RefCell::default(),
            watches: RefCell::default(),
            has_ponged: Cell::new(false),
            asked: Cell::new(0),
            incomplete: Cell::new(0),
            buffered,
            last_used: Cell::new(now),
            task: RefCell::default(),
        }
    }

    /// From now on it carries messages.
    pub(super) fn opened(&self, local: SocketAddr) {
        self.arrival.borrow_mut().local = local;
        self.is_open.set(true);
    }

    /// The handshake is over. `now` and `wall` are the same moment.
    pub(super) fn proved(&self, proved: Proved, now: Instant, wall: SystemTime) {
        self.arrival.borrow_mut().certificate = Some(Arc::new(proved.certificate.clone()));
        let left = proved.certificate.not_after.duration_since(wall).unwrap_or_default();
        // A handshake is over once.
        let _ = self.proved.set((proved, now.checked_add(left)));
        self.has_proved();
    }

    /// It takes this place at the door.
    pub(super) fn takes(&self, place: Place) {
        self.place.replace(Some(place));
    }

    /// It has ended, and others may have its place.
    pub(super) fn gives_up_place(&self) {
        self.place.take();
    }

    /// A whole message or a sign of life has come.
    pub(super) fn has_moved(&self) {
        if let Some(place) = self.place.borrow_mut().as_mut().filter(|place| place.is_strangers()) {
            place.moved();
        }
    }

    /// The peer has proved something.
    pub(super) fn has_proved(&self) {
        if let Some(place) = self.place.borrow_mut().as_mut().filter(|place| place.is_strangers()) {
            place.proved();
        }
    }

    /// The trust profile under which the peer showed its certificate.
    pub(super) fn profile(&self) -> Option<Arc<str>> {
        self.proved.get().map(|(proved, _)| proved.proof.profile())
    }

    /// When the peer's certificate ends, and with it what the connection may carry.
    pub(super) fn ends(&self) -> Option<Instant> {
        self.proved.get().and_then(|(_, ends)| *ends)
    }

    /// Closes it where what the peer has proved is proved no longer.
    pub(super) fn prove_again(&self, profiles: &Profiles) {
        let Some((proved, _)) = self.proved.get() else { return };
        let reused = self.reused_for.borrow();
        let wanted = self.key.iter().chain(&*reused).filter_map(|key| key.tls.as_ref());
        let holds = proved.proof.holds(profiles, None);
        let holds = holds
            .and_then(|()| wanted.into_iter().try_for_each(|peer| proved.proof.holds(profiles, Some(peer))));
        if let Err(error) = holds {
            self.close(&format!("no longer verified: {error}"));
        }
    }

    pub(super) fn watch(&self, watch: oneshot::Sender<Infallible>) {
        let mut watches = self.watches.borrow_mut();
        watches.retain(|watch| !watch.is_closed());
        watches.push(watch);
    }

    /// It has ended: tells whoever watches.
    pub(super) fn ended(&self) {
        self.watches.take();
    }

    /// A transaction of another shard sent by it.
    pub(super) fn used_by(&self, shard: u16, client: ClientId) {
        let mut users = self.users_elsewhere.borrow_mut();
        let most = if self.key.is_some() { REMEMBERED_FOR_ALL } else { REMEMBERED };
        if users.len() >= most {
            users.pop_front();
        }
        users.push_back((shard, client));
    }

    pub(super) fn take_users_elsewhere(&self) -> VecDeque<(u16, ClientId)> {
        std::mem::take(&mut self.users_elsewhere.borrow_mut())
    }

    /// Appends to what is to be written; wakes the connection's task if this is the first.
    pub(super) fn write(&self, octets: &[u8]) {
        let mut out = self.out.borrow_mut();
        let was_empty = out.is_empty();
        out.extend_from_slice(octets);
        self.buffered.change(0, octets.len());
        if was_empty {
            self.wake();
        }
    }

    pub(super) fn unwritten(&self) -> usize {
        self.out.borrow().len()
    }

    /// Lets the connection's task write.
    pub(super) fn write_out<R>(&self, write: impl FnOnce(&[u8]) -> R) -> R {
        write(&self.out.borrow())
    }

    pub(super) fn written(&self, octets: usize) {
        let mut out = self.out.borrow_mut();
        let octets = octets.min(out.len());
        out.advance(octets);
        self.buffered.change(octets, 0);
        if out.is_empty() {
            // What a burst made large is not kept by a connection that is idle.
            if out.capacity() > 64 << 10 { *out = BytesMut::new() } else { out.clear() }
        }
    }

    /// So much of a message has come. Says whether that is too much, with what the other connections hold.
    pub(super) fn holds(&self, incomplete: usize, limits: &Limits) -> bool {
        self.buffered.change(self.incomplete.replace(incomplete), incomplete);
        self.buffered.is_too_much(incomplete, limits)
    }

    pub(super) fn close(&self, why: &str) {
        self.closing.borrow_mut().get_or_insert_with(|| why.into());
        self.wake();
    }

    pub(super) fn closing(&self) -> Option<Arc<str>> {
        self.closing.borrow().clone()
    }

    pub(super) fn is_usable(&self) -> bool {
        self.closing.borrow().is_none()
    }

    /// Whether anybody still counts on it.
    pub(super) fn is_in_use(&self) -> bool {
        self.asked.get() > 0 || !self.users.borrow().is_empty()
    }

    /// Who is woken by [`Link::write`] and [`Link::close`].
    pub(super) fn attend(&self, task: &Waker) {
        let mut known = self.task.borrow_mut();
        if !known.as_ref().is_some_and(|known| known.will_wake(task)) {
            *known = Some(task.clone());
        }
    }

    fn wake(&self) {
        if let Some(task) = &*self.task.borrow() {
            task.wake_by_ref();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.buffered.change(self.unwritten() + self.incomplete.get(), 0);
    }
}
