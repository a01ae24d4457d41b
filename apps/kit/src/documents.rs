//! Documents over XCAP, kept in a store: read, decide, commit under the condition that nothing has come between.
//!
//! [`xcap::decide`] is pure; here it is given the document as it is, and what it wants kept is committed with the version
//! that it decided upon. Whoever loses a race is decided again, upon what won: so two writers never both succeed on one
//! condition, and of parallel edits of one document none is lost. The store's version is the entity tag.
//!
//! A document and the index of its offsets are cached by key and version. The version is read from the store with every
//! request, so what another replica has written is seen at once and nothing has to be told.

mod apply;
mod cache;
mod claims;
pub mod client;
mod generated;
mod http;
mod keep;
mod keys;
mod load;
mod room;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    hash::Hasher,
    sync::{Arc, OnceLock},
};

use ::http::{Request, Response};
use async_lock::Mutex;
use bytes::Bytes;
use store::{Batch, Store};
use xcap::{Act, Claim, Current, Denied, Etag, Root, Target, Usage, Usages, XcapError};
use xml::{Limits, schema::Validator};

pub use apply::{Applied, Change, Trouble};
pub use http::{answer, conditions, content_type};
pub use keys::Keys;
pub use load::{Loaded, load, with_schemas};

use apply::Asker;
use cache::Cache;
use room::Room;

use crate::refusal::Refusal;

/// What judges the documents of usages, by the name that [`Usage::schema`] says.
pub type Schemas = HashMap<String, Arc<dyn Validator>>;

/// What a server of documents is made of.
pub struct Settings {
    /// Where documents are below.
    pub root: Root,
    /// Before every key of this entity in the store, such as `gms/`.
    pub prefix: String,
    /// The application usages that are served.
    pub usages: Usages,
    /// Their schemas.
    pub schemas: Schemas,
    /// What one document may be.
    pub limits: Limits,
    /// Octets of documents and indexes that are kept in memory.
    pub cached: usize,
    /// Requests that are worked on at once; more are answered 503.
    pub at_once: usize,
    /// Documents that one which the server makes may list, or be made of; with more it is answered 507, and never cut.
    pub listed: usize,
    /// Extensions of XCAP that xcap-caps lists.
    pub extensions: Vec<&'static str>,
}

impl Settings {
    /// The usages that are built in, without schemas, with 64 MiB of cache, 1,024 requests at once and lists of 10,000 documents.
    #[must_use]
    pub fn new(root: Root, prefix: &str) -> Self {
        Self {
            root,
            prefix: prefix.to_owned(),
            usages: xcap::usages::built_in(),
            schemas: Schemas::new(),
            limits: Limits::default(),
            cached: 64 << 20,
            at_once: 1024,
            listed: 10_000,
            extensions: Vec::new(),
        }
    }
}

/// What an entity adds to its documents: who may touch them beside the usage's rule, and what else is kept with a change.
pub trait Custom: Send + Sync {
    /// Whether `principal`, an authenticated identity, may do this. `None` leaves it to the usage's own rule.
    fn may(
        &self,
        principal: Option<&str>,
        usage: &Usage,
        target: &Target,
        act: Act,
    ) -> Option<Result<(), Denied>> {
        let _ = (principal, usage, target, act);
        None
    }

    /// Whether a document may hold these values, each in use once (RFC 4825 clause 5.6: constraints that the usage as data
    /// cannot say).
    ///
    /// # Errors
    /// What the 409 says.
    fn judge(&self, target: &Target, claims: &[Claim]) -> Result<(), XcapError> {
        let _ = (target, claims);
        Ok(())
    }

    /// How many documents of a usage a user may have; none where there is no bound. Requests of one user that are decided at the
    /// same time may each take the last place.
    fn quota(&self, usage: &Usage, xui: &str) -> Option<usize> {
        let _ = (usage, xui);
        None
    }

    /// What is committed with a change, all or none: an outbox entry, a copy, a mark for those who watch.
    fn accompany(&self, batch: Batch, change: &Change<'_>) -> Batch {
        let _ = change;
        batch
    }
}

/// Hears of a document that this process has just kept, and of the entity tag of what it took the place of; none where there was
/// nothing. It is heard in the order of the commits of each document, and returns at once.
pub type Hears = Box<dyn Fn(&Target, Option<&Etag>, &Current) + Send + Sync>;

/// Adds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Custom for Plain {}

/// The documents of one entity.
pub struct Documents {
    store: Arc<dyn Store>,
    settings: Settings,
    keys: Keys,
    custom: Arc<dyn Custom>,
    cache: Cache,
    room: Arc<Room>,
    /// Writers of one document in this process wait here, rather than decide in vain.
    turns: Vec<Mutex<()>>,
    hears: OnceLock<Hears>,
}

/// How many documents are written at once without one waiting for another's turn, in the best case.
const TURNS: usize = 256;

impl Documents {
    /// The documents that a store holds under the prefix of the settings.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, settings: Settings, custom: Arc<dyn Custom>) -> Self {
        let (cache, room) = (Cache::new(settings.cached), Arc::new(Room::new(settings.at_once)));
        let turns = (0..TURNS).map(|_| Mutex::new(())).collect();
        let (keys, hears) = (Keys::new(&settings.prefix), OnceLock::new());
        Self { store, keys, custom, cache, room, turns, settings, hears }
    }

    /// Answers a request over HTTP. `principal` is the authenticated identity that it came from, where there is one; to
    /// tell that, and to refuse a token that is not valid with 401, is the caller's.
    pub async fn serve(&self, request: Request<Bytes>, principal: Option<&str>) -> Response<Bytes> {
        http::serve(self, &request, principal).await
    }

    /// Answers a request over HTTP that reads, of whom the caller has allowed to read this: conditions count, usages' own rules do not.
    ///
    /// # Errors
    /// [`Cause::NotPermitted`](crate::Cause::NotPermitted) where it does not read; what a fault is told as, which stands in the log.
    pub async fn show(&self, target: &Target, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        http::show(self, target, request).await
    }

    /// The document of a target as it is now, found by an alias too. The target's node does not count.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn read(&self, target: &Target) -> Result<Option<Current>, Trouble> {
        Ok(self.locate(target, apply::Wanted::Parts).await?.current)
    }

    /// Carries out a request of the entity's own, or of one whose authority has been checked; documents that the server makes
    /// are answered too.
    ///
    /// # Errors
    /// [`Trouble`]; what was not answered may have been kept.
    pub async fn apply(&self, request: &xcap::Request<'_>) -> Result<Applied, Trouble> {
        http::decided(self, request, Asker { identity: None, may: &|_: &Target| Ok(()) }).await
    }

    /// As [`Documents::apply`], with what is to be committed together with the change.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn apply_with(
        &self,
        request: &xcap::Request<'_>,
        extend: &(dyn Fn(Batch, &Change<'_>) -> Batch + Send + Sync),
    ) -> Result<Applied, Trouble> {
        self.carry_out(request, Asker { identity: None, may: &|_: &Target| Ok(()) }, extend).await
    }

    /// Who hears of what is kept from now on; the first who says so.
    pub(crate) fn heard_by(&self, hears: Hears) {
        // Documents have one package that tells their changes.
        let _ = self.hears.set(hears);
    }

    /// Waits until whoever is writing a document in this process has kept it, and it has been heard of.
    pub(crate) async fn settled(&self, target: &Target) {
        if let Some(turn) = self.turn(&self.keys.document(target)) {
            drop(turn.lock().await);
        }
    }

    /// What a request URI names here.
    ///
    /// # Errors
    /// [`xcap::BadUri`].
    pub fn target(&self, path_and_query: &str) -> Result<Target, xcap::BadUri> {
        Target::parse(path_and_query, &self.settings.root, &self.settings.usages)
    }

    /// The XCAP root.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.settings.root
    }

    /// The application usages that are served.
    #[must_use]
    pub fn usages(&self) -> &Usages {
        &self.settings.usages
    }

    /// By which keys the store holds the documents: for those who watch them.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// How often a document was found in the cache, and how often not.
    #[must_use]
    pub fn cache_counts(&self) -> (u64, u64) {
        self.cache.counts()
    }

    fn turn(&self, key: &[u8]) -> Option<&Mutex<()>> {
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write(key);
        let number = hasher.finish() % u64::try_from(TURNS).unwrap_or(1);
        self.turns.get(usize::try_from(number).unwrap_or_default())
    }
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("root", &self.settings.root).finish_non_exhaustive()
    }
}
