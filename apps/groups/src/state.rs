//! What a group management server knows: groups of its own, copies of partners' groups with what they were made of, and
//! what is promised to whom. All of it is in the store; what is held here can be lost.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use bytes::Bytes;
use futures::{channel::mpsc, future::Shared};
use kit::{
    Fault, Partner, PartnerTable, Refusal,
    audit::Log,
    documents::Documents,
    events::Notifier,
    tokens::{Standing, Tokens},
    xcap_diff::XcapDiffPackage,
};
use store::{Batch, CommitError, Store, Version};
use wire::{BoxFuture, Hop, World};
use xcap::{Current, Etag, Rules as XcapRules, Usage};
use xml::{Document, Limits, schema::Validator};

use crate::{
    Metrics,
    config::{Config, PartnerConfig, Rules},
    group::{AUID, Facts, GroupId},
    guard::Book,
    keys,
    procedures::follow::Followed,
    room::Rooms,
    told::Neighbours,
};

/// The outcome of a request to a primary system, shared by all who wait for it.
pub(crate) type Asked = Shared<BoxFuture<'static, Result<(), Refusal>>>;

/// How many documents' members are remembered.
const REMEMBERED: usize = 4096;

/// The state of a group management server.
pub struct Gms {
    config: Config,
    book: Book,
    hops: RwLock<HashMap<String, Hop>>,
    neighbours: Neighbours,
    store: Arc<dyn Store>,
    documents: Arc<Documents>,
    validator: Arc<dyn Validator>,
    tokens: Standing,
    facts: Mutex<HashMap<(GroupId, Etag), Arc<Facts>>>,
    asked: Mutex<HashMap<GroupId, Asked>>,
    busy: Mutex<HashSet<Bytes>>,
    wake: mpsc::UnboundedSender<()>,
    woken: Mutex<Option<mpsc::UnboundedReceiver<()>>>,
    metrics: Metrics,
    followed: Followed,
    notifier: Notifier<XcapDiffPackage>,
    log: Log,
    rooms: Rooms,
}

/// What a server is made of.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) book: Book,
    pub(crate) hops: HashMap<String, Hop>,
    pub(crate) neighbours: Neighbours,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) documents: Arc<Documents>,
    pub(crate) validator: Arc<dyn Validator>,
    pub(crate) tokens: Standing,
    pub(crate) metrics: Metrics,
    pub(crate) followed: Followed,
    pub(crate) notifier: Notifier<XcapDiffPackage>,
    pub(crate) log: Log,
}

impl Gms {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { config, book, hops, neighbours, store, documents, validator, tokens, .. } = parts;
        let Parts { metrics, followed, notifier, log, .. } = parts;
        let (wake, woken) = mpsc::unbounded();
        Self {
            config,
            book,
            hops: RwLock::new(hops),
            neighbours,
            store,
            documents,
            validator,
            tokens,
            facts: Mutex::default(),
            asked: Mutex::default(),
            busy: Mutex::default(),
            wake,
            woken: Mutex::new(Some(woken)),
            metrics,
            followed,
            notifier,
            log,
            rooms: Rooms::default(),
        }
    }

    /// What the operator said when the server started; what may have changed since is in [`Gms::rules`].
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Partners and policy as they are now.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        self.book.now()
    }

    /// Whether these are the rules that hold now: what others made is not to outlast them.
    pub(crate) fn is_current(&self, rules: &Arc<Rules>) -> bool {
        Arc::ptr_eq(rules, &self.book.now())
    }

    pub(crate) fn replace(
        &self,
        rules: Rules,
        hops: HashMap<String, Hop>,
        partners: &[Partner],
        (tokens, world): (Tokens, &World),
    ) {
        self.book.replace(rules);
        self.rooms.forget();
        self.neighbours.replace(PartnerTable::new(partners.to_vec()));
        self.tokens.replace(tokens, world);
        *self.hops.write().unwrap_or_else(PoisonError::into_inner) = hops;
    }

    /// The next hop over HTTP towards a partner.
    #[must_use]
    pub fn http_hop(&self, partner: &PartnerConfig) -> Option<Hop> {
        self.hops.read().unwrap_or_else(PoisonError::into_inner).get(&partner.name).cloned()
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The documents: groups of the own system, and the effective copies of partners' groups. Their keys in the store begin
    /// with what [`Documents::keys`] says; whoever watches them there hears of every change, by whatever procedure.
    #[must_use]
    pub fn documents(&self) -> &Arc<Documents> {
        &self.documents
    }

    /// Whose access tokens count now.
    #[must_use]
    pub fn tokens(&self) -> Arc<Tokens> {
        self.tokens.now()
    }

    /// Commits a batch. None where something has come between and a condition does not hold: what was decided is to be decided again.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub(crate) async fn commit(&self, batch: Batch) -> Result<Option<Version>, Fault> {
        match self.store.commit(batch).await {
            Ok(version) => Ok(Some(version)),
            Err(CommitError::Conflict(_)) => Ok(None),
            Err(CommitError::Fault(why)) => Err(fault(why)),
        }
    }

    /// What the server counts.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Who is told of changes.
    #[must_use]
    pub fn notifier(&self) -> &Notifier<XcapDiffPackage> {
        &self.notifier
    }

    /// Where every act and decision stands.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    pub(crate) fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    pub(crate) fn followed(&self) -> &Followed {
        &self.followed
    }

    /// The document of a group as clients and MC service servers see it.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub async fn document(&self, group: &GroupId) -> Result<Option<Current>, Fault> {
        self.documents.read(&group.target()).await.map_err(Fault::from)
    }

    /// What the primary system of a group provided, under the entity tag by which that system knows it.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub async fn offer(&self, group: &GroupId) -> Result<Option<(Current, Version)>, Fault> {
        let record = self.store.get(keys::offer(group).as_bytes()).await.map_err(fault)?;
        let Some(record) = record else { return Ok(None) };
        let offer = Current::read(&record.value, offered(record.version));
        let offer = offer.ok_or_else(|| Fault::new("what is kept as an offer is no document"))?;
        Ok(Some((offer, record.version)))
    }

    /// What a document says of its group; remembered by its entity tag.
    #[must_use]
    pub fn facts(&self, group: &GroupId, document: &Current) -> Arc<Facts> {
        let key = (group.clone(), document.etag().clone());
        let mut remembered = lock(&self.facts);
        if let Some(facts) = remembered.get(&key) {
            return Arc::clone(facts);
        }
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        let facts = Arc::new(Facts::of_current(document));
        remembered.insert(key, Arc::clone(&facts));
        facts
    }

    /// Judges a group document by its schema.
    ///
    /// # Errors
    /// With the first fault.
    pub fn judge(&self, document: &[u8]) -> Result<(), String> {
        let parsed = Document::parse(document, &LIMITS).map_err(|malformed| malformed.to_string())?;
        self.validator
            .validate(&parsed)
            .map_err(|faults| faults.first().map_or_else(|| "not valid".to_owned(), ToString::to_string))
    }

    /// What a group document that did not come by [`Documents`] has to keep to. None where the usage is not served.
    pub(crate) fn xcap_rules(&self) -> Option<XcapRules<'_>> {
        let usage: &Usage = self.documents.usages().get(AUID)?;
        Some(XcapRules {
            usage,
            schema: Some(&*self.validator),
            root: self.documents.root(),
            limits: &LIMITS,
        })
    }

    pub(crate) fn asked(&self) -> MutexGuard<'_, HashMap<GroupId, Asked>> {
        lock(&self.asked)
    }

    /// Marks work as under way in this process; false where it is already.
    pub(crate) fn begin(&self, key: &Bytes) -> bool {
        lock(&self.busy).insert(key.clone())
    }

    pub(crate) fn is_busy(&self, key: &[u8]) -> bool {
        lock(&self.busy).contains(key)
    }

    /// How much is under way whose key begins so.
    pub(crate) fn under_way(&self, prefix: &[u8]) -> usize {
        lock(&self.busy).iter().filter(|key| key.starts_with(prefix)).count()
    }

    /// The work is no longer under way; what is left of it may be taken up again.
    pub(crate) fn end(&self, key: &Bytes) {
        lock(&self.busy).remove(key);
        // Nobody listens while the server has not been started.
        let _ = self.wake.unbounded_send(());
    }

    /// What wakes the worker; once.
    pub(crate) fn take_woken(&self) -> Option<mpsc::UnboundedReceiver<()>> {
        lock(&self.woken).take()
    }
}

/// What one document may be.
pub(crate) const LIMITS: Limits = Limits::DEFAULT;

/// The entity tag of an offer. It differs from that of the effective copy under the same URI, whichever commit wrote them.
#[must_use]
pub fn offered(version: Version) -> Etag {
    Etag::new(&format!("o{version}"))
}

/// The store failed.
pub(crate) fn fault(error: impl Into<Fault>) -> Fault {
    error.into()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
