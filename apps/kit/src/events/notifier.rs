//! The notifier of one package: RFC 6665 clause 4.2.

mod answer;
mod keeping;
mod over;
mod place;
mod tell;

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::SystemTime,
};

use dialog::{Id, Reason, notifier::Input};
use futures::{FutureExt as _, StreamExt as _, stream};
use store::{Batch, Store, Version};
use wire::{Hop, Steady, World};
use xml_schemas::ids::Psi;

use super::{
    Package,
    book::{Book, Entry},
    record::{self, Record},
};
use crate::{
    metrics::Counters,
    partner::PartnerTable,
    peer::Peer,
    seldom::Seldom,
    stop::{Fault, Stop},
    trace::Tracer,
};

pub use dialog::notifier::Lifetimes;

/// How many NOTIFYs are under way at once.
const AT_ONCE: usize = 512;

/// How many subscriptions are read from the store at a time.
const PAGE: usize = 1_000;

/// After so many NOTIFYs a subscription is kept anew, so that the numbers of its requests go on rising after a restart.
const KEPT_EVERY: u32 = 4_096;

/// How often a subscription is taken from another replica that writes it at the same time.
const ADOPTED: usize = 4;

/// Where requests to a peer go first.
pub type Hops = Arc<dyn Fn(&Peer) -> Option<Hop> + Send + Sync>;

/// The partners as they are now.
pub type Partners = Arc<dyn Fn() -> Arc<PartnerTable> + Send + Sync>;

/// What a notifier is told when it starts.
pub struct Setup {
    /// The entity's wire, clock, identifiers and tasks.
    pub world: World,
    /// Where subscriptions are kept.
    pub store: Arc<dyn Store>,
    /// The service identity that is subscribed to: Contact, From.
    pub own: Psi,
    /// Where requests to a peer go first; none where it cannot be reached any more.
    pub hops: Hops,
    /// Among whom a kept subscription of a partner looks for its own; it is dropped where that is a partner no more.
    pub partners: Partners,
    /// What is granted.
    pub lifetimes: Lifetimes,
    /// How many subscriptions there may be: a tenth of them by one peer; half of them by one server of the own system, which
    /// subscribes for all of its users.
    pub limit: usize,
    /// How many octets all of them may have as they are kept, shared among peers alike.
    pub octets: usize,
    /// The name of this replica.
    pub replica: String,
}

/// The notifier of one package.
pub struct Notifier<P> {
    inner: Arc<Inner<P>>,
}

impl<P> Clone for Notifier<P> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

struct Inner<P> {
    package: P,
    setup: Setup,
    /// Machines wait by it.
    steady: Steady,
    book: Mutex<Book>,
    /// Whom a ladder shows as the sender; none until an entity takes it.
    tracer: OnceLock<Tracer>,
    /// When the log is told of partners that follow no longer.
    seldom: Seldom,
}

impl<P> Inner<P> {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Package> Notifier<P> {
    /// A notifier that nobody is subscribed at. [`Notifier::resume`] brings back who was.
    #[must_use]
    pub fn new(package: P, setup: Setup) -> Self {
        let steady = Steady::of(&*setup.world.clock);
        let (book, tracer, seldom) = (Mutex::new(Book::new(P::NAME)), OnceLock::new(), Seldom::default());
        Self { inner: Arc::new(Inner { package, setup, steady, book, tracer, seldom }) }
    }

    /// The time that machines are told.
    fn time(&self) -> SystemTime {
        self.inner.steady.now(&*self.inner.setup.world.clock)
    }

    /// What it sends is drawn as sent by this entity.
    pub(crate) fn traced_by(&self, tracer: &Tracer) {
        // An entity that is made twice is drawn as the same.
        let _ = self.inner.tracer.set(tracer.clone());
    }

    /// Its subscriptions count as this entity's.
    pub(crate) fn counted_by(&self, counters: &Counters) {
        self.inner.book().count_into(counters.subscriptions(P::NAME));
    }

    /// The package.
    #[must_use]
    pub fn package(&self) -> &P {
        &self.inner.package
    }

    /// How many subscriptions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.book().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is watched under this name has changed: whoever watches it is told.
    pub fn changed(&self, resource: &str) {
        let ids = self.inner.book().watching(resource);
        self.drive(ids, Input::Changed);
    }

    /// Nobody knows what has changed: everybody is told whatever has.
    pub fn all_changed(&self) {
        let ids = self.inner.book().ids();
        self.drive(ids, Input::Changed);
    }

    /// Other rules hold: whoever may no longer be told of what is watched is told that, and nothing more.
    pub fn review(&self) {
        let this = self.clone();
        let work = async move {
            let ids = this.inner.book().ids();
            let mut rejected = Vec::new();
            for id in ids {
                if this.is_rejected(&id).await {
                    rejected.push(id);
                }
            }
            this.drive(rejected, Input::Ended(Reason::Rejected));
        };
        self.inner.setup.world.tasks.spawn(work.boxed());
    }

    /// Whether policy says that the subscriber may be told no longer. A fault of ours says nothing.
    async fn is_rejected(&self, id: &Id) -> bool {
        let found = self.inner.book().get(id).map(|entry| (entry.peer.clone(), entry.record.watch.clone()));
        let Some((peer, watch)) = found else { return false };
        matches!(self.inner.package.may_hear(&peer, &watch).await, Err(stop) if !matches!(stop, Stop::Fault(_)))
    }

    /// Takes up the subscriptions that the store holds and `mine` accepts by the replica that told them last; each is told
    /// the whole state again. At a start, and when another replica is gone.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub async fn resume(&self, mine: impl Fn(&str) -> bool) -> Result<usize, Fault> {
        let prefix = self.prefix();
        let mut after: Option<Vec<u8>> = None;
        let mut taken = Vec::new();
        loop {
            let page = self.inner.setup.store.scan(prefix.as_bytes(), after.as_deref(), PAGE).await;
            let page = page.map_err(Fault::from)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.to_vec());
            for entry in &page {
                let record: Option<Record> = serde_json::from_slice(&entry.record.value).ok();
                let here = |record: &Record| self.inner.book().get(record.dialog.id()).is_some();
                if let Some(record) = record.filter(|record| mine(&record.owner) && !here(record)) {
                    taken.extend(self.take_up(record, entry.record.version).await);
                }
            }
        }
        let count = taken.len();
        self.begin(taken);
        Ok(count)
    }

    /// A subscription that another replica tells: from now on this one does, to which its subscriber has turned. Whether there
    /// is one.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot say.
    async fn adopt(&self, id: &Id, peer: &Peer) -> Result<bool, Fault> {
        let key = self.key(id);
        for _ in 0..ADOPTED {
            let kept = self.inner.setup.store.get(key.as_bytes()).await.map_err(Fault::from)?;
            let Some(kept) = kept else { return Ok(false) };
            let record: Option<Record> = serde_json::from_slice(&kept.value).ok();
            let Some(record) = record.filter(|record| record.peer == peer.word()) else { return Ok(false) };
            if let Some(id) = self.take_up(record, kept.version).await {
                self.begin(vec![id]);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Before the keys of the subscriptions.
    #[must_use]
    pub fn prefix(&self) -> String {
        record::prefix(P::NAME, &self.inner.setup.own)
    }

    fn key(&self, id: &Id) -> String {
        record::key(P::NAME, &self.inner.setup.own, id)
    }

    /// None where another replica has taken it up meanwhile, too.
    async fn take_up(&self, mut record: Record, version: Version) -> Option<Id> {
        let setup = &self.inner.setup;
        let peer = Peer::recall(&record.peer, &(setup.partners)())?;
        let hop = (setup.hops)(&peer)?;
        record.owner.clone_from(&setup.replica);
        record.dialog.skip(2 * KEPT_EVERY);
        let id = record.dialog.id().clone();
        let entry = Entry::new(record, peer, hop);
        let as_read = Batch::new().expect_version(self.key(&id), version);
        match self.keep_on(as_read, &entry.record).await {
            Ok(true) => {}
            Ok(false) => return None,
            Err(fault) => {
                tracing::error!(target: "mcx::fault", package = P::NAME, %fault, "a subscription could not be taken up");
                return None;
            }
        }
        self.inner.book().insert(id.clone(), entry);
        Some(id)
    }

    /// First NOTIFYs, and the watch over their ends.
    fn begin(&self, ids: Vec<Id>) {
        for id in &ids {
            self.watch_over(id.clone());
        }
        let due = |id: &Id| {
            let mut book = self.inner.book();
            book.get_mut(id).map(|entry| entry.record.machine.begin())
        };
        let due = ids.into_iter().filter_map(|id| due(&id).map(|action| (id, action))).collect();
        self.spawn(due);
    }

    /// Feeds all of them the same, and does what comes of it, so many at once.
    fn drive(&self, ids: Vec<Id>, input: Input) {
        let now = self.time();
        let due = {
            let mut book = self.inner.book();
            let act = |id: Id| {
                let action = book.get_mut(&id)?.handle(now, input);
                Some((id, action))
            };
            ids.into_iter().filter_map(act).collect()
        };
        self.spawn(due);
    }

    fn spawn(&self, due: Vec<(Id, dialog::notifier::Action)>) {
        if due.is_empty() {
            return;
        }
        let this = self.clone();
        let work = async move {
            stream::iter(due).for_each_concurrent(AT_ONCE, |(id, action)| this.act(id, action)).await;
        };
        self.inner.setup.world.tasks.spawn(work.boxed());
    }
}
