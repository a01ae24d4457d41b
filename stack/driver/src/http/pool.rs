//! The connections to each hop: those that are free, and how one more is opened.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};
use wire::{Hop, TlsPeer, WireError};

use super::{HttpLimits, Shared, fetch::Connection, outgoing};

/// Hops that are remembered before those that nobody uses are forgotten.
const REMEMBERED: usize = 256;

/// Those of one entity.
#[derive(Default)]
pub(super) struct Pools(Mutex<HashMap<Key, Arc<Pool>>>);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    address: SocketAddr,
    tls: Option<TlsPeer>,
}

impl Pools {
    pub(super) fn of(&self, hop: &Hop, limits: &HttpLimits) -> Arc<Pool> {
        let key = Key { address: hop.address, tls: hop.tls.clone() };
        let mut pools = self.0.lock();
        if pools.len() >= REMEMBERED && !pools.contains_key(&key) {
            pools.retain(|_, pool| Arc::strong_count(pool) > 1);
        }
        pools.entry(key).or_insert_with(|| Arc::new(Pool::new(limits))).clone()
    }
}

/// The connections to one hop.
pub(super) struct Pool {
    places: Semaphore,
    waiting: AtomicUsize,
    /// Held while a connection is opened that might turn out to be enough for all.
    opening: tokio::sync::Mutex<()>,
    /// Whether the other end is known to speak HTTP/1.1, where each request needs a connection of its own.
    is_single: AtomicBool,
    free: Mutex<Free>,
}

#[derive(Default)]
struct Free {
    /// The most recently used last.
    single: Vec<(http1::SendRequest<Full<Bytes>>, Instant)>,
    shared: Option<(http2::SendRequest<Full<Bytes>>, Instant)>,
}

impl Pool {
    fn new(limits: &HttpLimits) -> Self {
        Self {
            places: Semaphore::new(limits.fetches.clamp(1, Semaphore::MAX_PERMITS)),
            waiting: AtomicUsize::new(0),
            opening: tokio::sync::Mutex::default(),
            is_single: AtomicBool::new(false),
            free: Mutex::default(),
        }
    }

    /// Waits until a request may go.
    pub(super) async fn place(&self, limits: &HttpLimits) -> Result<SemaphorePermit<'_>, WireError> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        let before = self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waits = Waits(&self.waiting);
        if before >= limits.waiting {
            return Err(WireError::Overloaded);
        }
        self.places.acquire().await.map_err(|_| WireError::Closed)
    }

    /// A connection that is free, and whether it has been used before; else a new one.
    pub(super) async fn connection(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        hop: &Hop,
    ) -> Result<(Connection, bool), WireError> {
        let keep = shared.config.limits.keep;
        let now = || shared.env.clock.now();
        if let Some(free) = self.take(now(), keep) {
            return Ok((free, true));
        }
        if self.is_single.load(Ordering::Relaxed) {
            return outgoing::open(shared, self, hop).await.map(|opened| (opened, false));
        }
        let _one_at_a_time = self.opening.lock().await;
        if let Some(free) = self.take(now(), keep) {
            return Ok((free, true));
        }
        let opened = outgoing::open(shared, self, hop).await?;
        match &opened {
            Connection::Single(_) => self.is_single.store(true, Ordering::Relaxed),
            Connection::Shared(sender) => self.free.lock().shared = Some((sender.clone(), now())),
        }
        Ok((opened, false))
    }

    fn take(&self, now: Instant, keep: Duration) -> Option<Connection> {
        let mut free = self.free.lock();
        if let Some((sender, used)) = free.shared.as_mut().filter(|(sender, _)| !sender.is_closed()) {
            *used = now;
            return Some(Connection::Shared(sender.clone()));
        }
        free.shared = None;
        while let Some((sender, since)) = free.single.pop() {
            if !sender.is_closed() && now.saturating_duration_since(since) < keep {
                return Some(Connection::Single(sender));
            }
        }
        None
    }

    /// A connection whose response has been read to its end.
    pub(super) fn give_back(&self, connection: Connection, now: Instant) {
        if let Connection::Single(sender) = connection
            && !sender.is_closed()
        {
            self.free.lock().single.push((sender, now));
        }
    }

    /// Keeps none of those that are free.
    pub(super) fn let_go(&self) {
        *self.free.lock() = Free::default();
    }

    /// Nothing came back: the next request opens a connection of its own, and asks anew what is spoken there.
    pub(super) fn distrust(&self) {
        self.is_single.store(false, Ordering::Relaxed);
        self.let_go();
    }

    /// Lets go of what has been free for too long.
    pub(super) fn reap(&self, now: Instant, keep: Duration) {
        let is_fresh = |since: &Instant| now.saturating_duration_since(*since) < keep;
        let mut free = self.free.lock();
        free.single.retain(|(sender, since)| !sender.is_closed() && is_fresh(since));
        free.shared.take_if(|(sender, used)| sender.is_closed() || !is_fresh(used));
    }
}

struct Waits<'p>(&'p AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
