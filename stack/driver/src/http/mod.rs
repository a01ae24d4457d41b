//! HTTP/1.1 and HTTP/2 over TCP and TLS: the listeners of an entity, and the connections that it opens.
//! RFC 9110 · RFC 9112 · RFC 9113, by hyper
//!
//! [`Http`] is both ends at once, so that an entity can be given its [`wire::web::Web`] before it exists to be listened
//! for. Everything runs on the entities' runtime, over the same [`crate::Net`] and clock as the SIP of the entity.

mod accept;
mod answer;
mod bodies;
mod body;
mod config;
mod connection;
mod dial;
mod fetch;
mod head;
mod line;
mod metrics;
mod outgoing;
mod peers;
mod pool;
mod pulse;
mod registry;
mod request;
mod strangers;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use parking_lot::Mutex;
use rustls::KeyLog;
use tokio::sync::watch;
use wire::{
    BoxFuture, Hop, WireError,
    web::{Web, WebService},
};

pub use config::{HttpConfig, HttpLimits, HttpListener};
pub(crate) use metrics::{Families, HttpMetrics};

use crate::{
    Bound, Env, StartError, TlsProfile,
    tls::{FileKeyLog, Profiles, TlsError},
};
use peers::Peers;
use pool::Pools;
use registry::Registry;

/// How often a draining entity looks whether it is done.
const LOOK: Duration = Duration::from_millis(10);

/// The HTTP of one entity. Clones are the same; it stops when the last is dropped, or by [`Http::drain`].
#[derive(Clone)]
pub struct Http(Arc<Holder>);

struct Holder(Arc<Shared>);

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.told.send_replace(Told::Stop);
    }
}

/// What tasks are to do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Told {
    /// Go on.
    Run,
    /// Take nothing new and finish.
    Drain,
    /// End at once.
    Stop,
}

/// What the tasks of one entity's HTTP have in common.
struct Shared {
    config: HttpConfig,
    env: Env,
    profiles: Profiles,
    metrics: HttpMetrics,
    doors: Mutex<Vec<Arc<Peers>>>,
    open: Arc<Registry>,
    pools: Pools,
    told: watch::Sender<Told>,
    bound: Mutex<Vec<Bound>>,
}

impl Http {
    /// Reads the trust profiles. Nothing is bound or connected yet.
    ///
    /// # Errors
    /// When a profile cannot be used.
    pub fn new(config: HttpConfig, env: &Env) -> Result<Self, StartError> {
        let log = config.lab_key_log.as_deref().map(FileKeyLog::open).transpose();
        let log = log.map_err(|error| StartError::Tls(TlsError(format!("key log: {error}"))))?;
        let log = log.map(|log| Arc::new(log) as Arc<dyn KeyLog>);
        let profiles = Profiles::new(&config.tls, env.clock.clone(), log).map_err(StartError::Tls)?;
        env.metrics.certificates().are(&config.name, &config.tls, &env.clock);
        Ok(Self(Arc::new(Holder(Arc::new(Shared {
            metrics: env.metrics.http(&config.name),
            doors: Mutex::default(),
            open: Arc::default(),
            pools: Pools::default(),
            told: watch::Sender::new(Told::Run),
            bound: Mutex::default(),
            env: env.clone(),
            profiles,
            config,
        })))))
    }

    /// Binds a listener and answers by this service. Where it is bound.
    ///
    /// # Errors
    /// When it cannot be bound, or names no trust profile with a certificate though its transport is TLS.
    pub fn listen(&self, listener: HttpListener, service: Arc<dyn WebService>) -> Result<Bound, StartError> {
        accept::listen(&self.0.0, listener, service)
    }

    /// What the entity sends requests by. It does not keep this alive: once the last [`Http`] is gone, requests end with
    /// [`WireError::Closed`].
    #[must_use]
    pub fn web(&self) -> Arc<dyn Web> {
        Arc::new(Fetcher(self.0.0.clone()))
    }

    /// Where the listeners are bound, in the order in which they were.
    #[must_use]
    pub fn bound(&self) -> Vec<Bound> {
        self.0.0.bound.lock().clone()
    }

    /// Takes no new connections: what is being read or answered is finished, its answer says `Connection: close`, and over
    /// HTTP/2 GOAWAY is sent. Whoever is about to send the next request over HTTP/1.1 cannot know, so that a connection without
    /// one is kept a little longer (RFC 9112 9.6), and closed then. Resolves when all is answered, or at the deadline. The
    /// entity's own requests go out for as long as it is not stopped.
    pub async fn quiesce(&self, deadline: Duration) {
        let shared = &self.0.0;
        shared.told.send_if_modified(|told| {
            let is_news = *told < Told::Drain;
            *told = (*told).max(Told::Drain);
            is_news
        });
        let quiet = async {
            while shared.doors.lock().iter().any(|peers| peers.count() > 0) {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(deadline, quiet).await.is_err() {
            tracing::warn!(node = %shared.config.name, "HTTP requests are left over");
        }
    }

    /// Quiesces, and then closes everything.
    pub async fn drain(&self, deadline: Duration) {
        self.quiesce(deadline).await;
        self.stop();
    }

    /// Stops at once, as a crash would: nothing is answered any more.
    pub fn stop(&self) {
        self.0.0.told.send_replace(Told::Stop);
    }

    /// Replaces certificates, keys, anchors and revocation lists for handshakes from now on. What is connected stays where
    /// the peer's certificate is still good under the new anchors and lists, and is closed where it is not.
    ///
    /// # Errors
    /// When a profile cannot be used; the old ones stay then.
    pub fn reload_tls(&self, profiles: &[TlsProfile]) -> Result<(), TlsError> {
        let shared = &self.0.0;
        shared.profiles.replace(profiles)?;
        shared.env.metrics.certificates().are(&shared.config.name, profiles, &shared.env.clock);
        self.0.0.open.prove_again(&self.0.0.profiles);
        Ok(())
    }
}

impl Shared {
    fn is_draining(&self) -> bool {
        *self.told.borrow() >= Told::Drain
    }

    fn is_stopped(&self) -> bool {
        *self.told.borrow() == Told::Stop
    }
}

/// An entity's own requests.
struct Fetcher(Arc<Shared>);

impl Web for Fetcher {
    fn fetch(
        &self,
        request: Request<Bytes>,
        hop: Hop,
    ) -> BoxFuture<'static, Result<Response<Bytes>, WireError>> {
        Box::pin(fetch::fetch(self.0.clone(), request, hop))
    }
}
