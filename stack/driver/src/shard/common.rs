//! What the shards of a node, and whoever holds the node, have in common.

use std::{
    convert::Infallible,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use ahash::RandomState;
use sip::{Message, Name, Request};
use tokio::sync::{mpsc::UnboundedSender, oneshot, watch};
use wire::{Answer, Arrival, BoxFuture, ConnectionId, Hop, Inline, Service, WireError};

use super::{alias::Aliases, door::Door, inbox::Letter, link::PoolKey, turns::Turns, unanswered::Unanswered};
use crate::{
    Bound, Env, NodeConfig, TlsProfile,
    metrics::NodeMetrics,
    tls::{Profiles, TlsError},
};

/// How often a draining node looks whether it is done.
const LOOK: Duration = Duration::from_millis(10);

/// How long the shards may take to close their sockets.
const CLOSE: Duration = Duration::from_secs(5);

/// Says whether a request that arrives belongs to work that was accepted before.
pub(crate) type Admits = Box<dyn Fn(&Message, &Arrival) -> bool + Send + Sync>;

/// Shared by reference by all shards; nothing in it is written on the hot path but counters.
pub(crate) struct Common {
    pub(super) config: NodeConfig,
    pub(super) inline: Arc<dyn Inline>,
    pub(super) service: Arc<dyn Service>,
    pub(super) env: Env,
    pub(super) metrics: NodeMetrics,
    pub(super) profiles: Profiles,
    pub(super) inboxes: Vec<UnboundedSender<Letter>>,
    /// The sent-by of a node without a listener that fits.
    pub(super) client_sent_by: Arc<str>,
    /// Keys of loop hashes and of tables, the same in every shard.
    pub(super) secret: [u64; 4],
    /// Chooses a shard.
    pub(super) hasher: RandomState,
    /// Of the listeners, in their order; those of datagrams stay shut.
    pub(super) doors: Vec<Arc<Door>>,
    pub(super) unanswered: Unanswered,
    pub(super) aliases: Aliases,
    pub(super) draining: AtomicBool,
    /// Once new questions are refused: what is taken all the same.
    pub(super) quiesced: OnceLock<Admits>,
    pub(super) stopped: watch::Sender<bool>,
    /// Shards that have not closed their sockets.
    pub(super) running: watch::Sender<usize>,
    /// Transactions without an outcome, shard by shard.
    pub(super) pending: Vec<AtomicUsize>,
    /// Whose request the service gets next.
    pub(super) turns: Arc<Turns>,
    /// Requests of the entity that are under way, services that are answering, and what they have released.
    pub(super) outstanding: Arc<AtomicUsize>,
}

impl Common {
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Whether a request that is no copy of another is not taken any more.
    pub(super) fn refuses(&self, request: &Message, arrival: &Arrival) -> bool {
        self.is_draining() || self.quiesced.get().is_some_and(|admits| !admits(request, arrival))
    }

    fn is_quiet(&self) -> bool {
        self.outstanding.load(Ordering::SeqCst) == 0
            && self.pending.iter().all(|shard| shard.load(Ordering::SeqCst) == 0)
    }

    /// Always the same shard for one key.
    fn shard_for(&self, key: impl std::hash::Hash) -> u16 {
        let shards = self.inboxes.len().max(1) as u64;
        u16::try_from(self.hasher.hash_one(key) % shards).unwrap_or(0)
    }

    /// The shard that opens the one connection to a hop.
    pub(super) fn owner(&self, key: &PoolKey) -> u16 {
        self.shard_for(key)
    }

    pub(super) fn send(&self, shard: u16, letter: Letter) -> bool {
        self.inboxes.get(usize::from(shard)).is_some_and(|inbox| inbox.send(letter).is_ok())
    }
}

/// Counts one piece of work for as long as it lives.
pub(super) struct Outstanding(Arc<AtomicUsize>);

impl Outstanding {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What the holders of a node share. When the last lets go, the shards end.
pub(crate) struct Shared {
    common: Arc<Common>,
    bound: Vec<Bound>,
}

impl Shared {
    pub(super) fn new(common: Arc<Common>, bound: Vec<Bound>) -> Self {
        Self { common, bound }
    }

    pub(crate) fn bound(&self) -> &[Bound] {
        &self.bound
    }

    pub(crate) fn refuse_new(&self, admits: Admits) {
        // Whoever said it first goes on.
        let _ = self.common.quiesced.set(admits);
    }

    pub(crate) async fn settled(&self) {
        while !self.common.is_quiet() {
            tokio::time::sleep(LOOK).await;
        }
    }

    pub(crate) async fn quiesce(&self, deadline: Duration) {
        self.common.draining.store(true, Ordering::SeqCst);
        // At the deadline the rest is for whoever closes the node to tell.
        let _ = tokio::time::timeout(deadline, self.settled()).await;
    }

    pub(crate) async fn drain(&self, deadline: Duration) {
        self.quiesce(deadline).await;
        if !self.common.is_quiet() {
            tracing::warn!(node = %self.common.config.name, "closed with work left over");
        }
        self.stop();
        let mut running = self.common.running.subscribe();
        // Bounded, in case a chain or a clock of the embedder's holds a shard up.
        let _ = tokio::time::timeout(CLOSE, running.wait_for(|running| *running == 0)).await;
    }

    pub(crate) fn stop(&self) {
        self.common.draining.store(true, Ordering::SeqCst);
        self.common.stopped.send_replace(true);
    }

    pub(crate) fn reload_tls(&self, profiles: &[TlsProfile]) -> Result<(), TlsError> {
        self.common.profiles.replace(profiles)?;
        let env = &self.common.env;
        env.metrics.certificates().are(&self.common.config.name, profiles, &env.clock);
        // A shard that has ended has no connections.
        self.common.inboxes.iter().for_each(|inbox| drop(inbox.send(Letter::Reloaded)));
        Ok(())
    }

    pub(crate) fn request(
        self: Arc<Self>,
        request: Request,
        hop: Hop,
    ) -> BoxFuture<'static, Result<Answer, WireError>> {
        Box::pin(async move {
            if let Err(malformed) = request.check() {
                return Err(WireError::Unreachable(format!("the request cannot be printed: {malformed}")));
            }
            let _work = Outstanding::new(&self.common.outstanding);
            let shard = self.shard_of(&request, &hop);
            let (reply, answer) = oneshot::channel();
            if !self.common.send(shard, Letter::Request { request, hop, reply }) {
                return Err(WireError::Closed);
            }
            answer.await.unwrap_or(Err(WireError::Closed))
        })
    }

    pub(crate) fn ended(&self, connection: ConnectionId) -> BoxFuture<'static, ()> {
        let (watch, ended) = oneshot::channel::<Infallible>();
        // Where there is no such shard or connection, the watch is dropped at once, and so has ended.
        self.common.send(connection.shard, Letter::Watch { connection: connection.serial, watch });
        Box::pin(async { drop(ended.await) })
    }

    /// A connection's own shard where one is named, else always the same for one Call-ID, so that requests of a call leave
    /// in the order in which they are made.
    fn shard_of(&self, request: &Request, hop: &Hop) -> u16 {
        let exists = |shard: &u16| usize::from(*shard) < self.common.inboxes.len();
        let named = hop.connection.map(|connection| connection.shard).filter(exists);
        named.unwrap_or_else(|| self.common.shard_for(request.get(Name::CallId)))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop();
    }
}
