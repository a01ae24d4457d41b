//! A node: what starts the shards, and what others hold of it.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Weak},
    time::Duration,
};

use sip::{Message, Request};
use wire::{Answer, Arrival, BoxFuture, ConnectionId, Hop, Inline, Service, Transport, Wire, WireError};

use crate::{
    Env, NodeConfig, TlsProfile,
    shard::{self, Shared},
    tls::TlsError,
};

/// One SIP endpoint of one entity.
pub struct Node;

/// A running node. Clones are the same node; it stops when the last is dropped, or by [`NodeHandle::drain`].
#[derive(Clone)]
pub struct NodeHandle(Arc<Shared>);

/// Where a listener is bound.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bound {
    /// Its configured name.
    pub name: Arc<str>,
    /// What is spoken there.
    pub transport: Transport,
    /// The address, with the port that was chosen where none was asked for.
    pub address: SocketAddr,
}

/// Why a node did not start.
#[derive(Debug)]
pub enum StartError {
    /// The named listener could not be bound to its address.
    Listen(Arc<str>, SocketAddr, io::Error),
    /// A profile is unusable, or a listener names one that is not there.
    Tls(TlsError),
    /// A shard's thread could not be started, or ended at once.
    Shard(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(name, address, error) => {
                write!(f, "listener {name} at {address}: {}", crate::net::why_not_bound(error))
            }
            Self::Tls(error) => error.fmt(f),
            Self::Shard(error) => write!(f, "shard: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl Node {
    /// Binds the listeners and starts the shards.
    ///
    /// # Errors
    /// When a listener cannot be bound or a TLS profile cannot be used; nothing is left running then.
    ///
    /// # Panics
    /// With [`crate::Shards::Local`], when not called inside a tokio `LocalSet`.
    pub fn start(
        config: NodeConfig,
        inline: Arc<dyn Inline>,
        service: Arc<dyn Service>,
        env: &Env,
    ) -> Result<NodeHandle, StartError> {
        shard::start(config, inline, service, env.clone()).map(NodeHandle)
    }
}

impl NodeHandle {
    /// Where the listeners are bound, in the order of the configuration.
    #[must_use]
    pub fn bound(&self) -> &[Bound] {
        self.0.bound()
    }

    /// Where the listener of this name is bound.
    #[must_use]
    pub fn address(&self, listener: &str) -> Option<SocketAddr> {
        self.bound().iter().find(|bound| &*bound.name == listener).map(|bound| bound.address)
    }

    /// Takes no new questions: from now on new requests are answered 503 with Retry-After, except those that `admits` says
    /// belong to what was accepted before, such as the report that an open request waits for. Connections are still
    /// accepted, since it may come by one. What may pass is the entity's to know: the node cannot tell. The first call
    /// counts. `admits` is called on the hot path, and for every request anew.
    pub fn refuse_new(&self, admits: impl Fn(&Message, &Arrival) -> bool + Send + Sync + 'static) {
        self.0.refuse_new(Box::new(admits));
    }

    /// Resolves when every transaction has had its outcome and no service, nor what it released, is at work. Meaningful
    /// after [`NodeHandle::refuse_new`]; a system closes all of its nodes in two phases:
    ///
    /// 1. `refuse_new` on every node, then `settled` on those that accept work, within the deadline;
    /// 2. [`NodeHandle::quiesce`] on every node, then [`NodeHandle::drain`], with what is left of the deadline.
    pub async fn settled(&self) {
        self.0.settled().await;
    }

    /// Takes no new work at all: new requests are answered 503 with Retry-After, also those by connections that are opened
    /// from now on. Resolves when every transaction has had its outcome, or at the deadline. Nothing is closed, so that
    /// whoever asks is told so until [`NodeHandle::drain`] or [`NodeHandle::stop`].
    pub async fn quiesce(&self, deadline: Duration) {
        self.0.quiesce(deadline).await;
    }

    /// As [`NodeHandle::quiesce`]; then everything is closed.
    pub async fn drain(&self, deadline: Duration) {
        self.0.drain(deadline).await;
    }

    /// Stops at once, as a crash would: nothing is answered any more.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// Replaces certificates, keys, anchors and revocation lists for handshakes from now on. What is connected stays where
    /// the peer's certificate is still good under the new anchors and lists, and is closed where it is not.
    ///
    /// # Errors
    /// When a profile cannot be used; the old ones stay then.
    pub fn reload_tls(&self, profiles: &[TlsProfile]) -> Result<(), TlsError> {
        self.0.reload_tls(profiles)
    }
}

/// A node that may have stopped.
pub(crate) struct WeakNode(Weak<Shared>);

impl WeakNode {
    pub(crate) fn upgrade(&self) -> Option<NodeHandle> {
        self.0.upgrade().map(NodeHandle)
    }
}

impl NodeHandle {
    pub(crate) fn weak(&self) -> WeakNode {
        WeakNode(Arc::downgrade(&self.0))
    }
}

impl Wire for NodeHandle {
    fn request(&self, request: Request, hop: Hop) -> BoxFuture<'static, Result<Answer, WireError>> {
        self.0.clone().request(request, hop)
    }

    fn ended(&self, connection: ConnectionId) -> BoxFuture<'static, ()> {
        self.0.ended(connection)
    }
}
