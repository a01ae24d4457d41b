//! The event package `xcap-diff` over [`Documents`]: RFC 5875, with the documents of RFC 5874.
//!
//! A subscription names documents, collections (with a slash at the end) and nodes of documents, in a `resource-lists` body
//! (TS 24.481 6.3.13, TS 24.484 6.3.13). The first NOTIFY says what is there; each later one what has changed since the last
//! that was answered, so that a lost one is made good by the next.
//!
//! `diff-processing` (clause 4.3): `no-patching` tells the entity tags before and after. `xcap-patching` tells every change between two
//! notices with both tags and its own patch, in the order of the commits; `aggregate` one patch over all of them. The versions that
//! patches are made from are kept in memory, for documents of which somebody wants patches: each that this process commits. Where one
//! is missing (another replica has committed it, or it is too long ago), or the patches are more work than others can be kept waiting
//! for, the tags alone are told, which RFC 5874 3.2 knows in every mode, and the subscriber fetches the document. Several changes are
//! never told as one to who did not ask for it.
//!
//! [`drive`] feeds the notifier from the store's own changes: whichever replica made them, all tell them.

mod compose;
mod drive;
mod history;
mod look;
mod nodes;
mod parts;
mod patches;
mod proof;
mod subscriber;
mod wanted;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wire::BoxFuture;
use xcap::Target;

use crate::{
    documents::Documents,
    events::{Body, Package, Step, Told, Watch, known},
    peer::Peer,
    refusal::Cause,
    stop::Done,
};

pub use drive::{Replica, drive};
use history::History;
pub use proof::{Prove, of_registered};
pub use subscriber::{selector, told, wish};

/// Whether a peer may read a document, or a collection where the target's document ends in a slash or is empty: that is to say,
/// everything that is in it or will be.
pub type MayRead = Arc<dyn Fn(&Peer, &Target) -> Result<(), Cause> + Send + Sync>;

/// Whether a peer may be told of documents, asked of whoever has to look at them before it can say so. It is asked of those
/// documents that [`MayRead`] has passed.
pub type Admit = Arc<dyn Fn(Peer, Vec<Target>) -> BoxFuture<'static, Done<()>> + Send + Sync>;

/// Which step of a procedure it is that this peer is told of a document, as this commit made it.
pub type Because =
    Arc<dyn Fn(Peer, Target, store::Version) -> BoxFuture<'static, Option<Step>> + Send + Sync>;

/// Whether a change of a document, made by this commit, is told to nobody.
pub type Spare = Arc<dyn Fn(Target, store::Version) -> BoxFuture<'static, bool> + Send + Sync>;

/// The package.
pub struct XcapDiffPackage {
    documents: Arc<Documents>,
    store: Arc<dyn store::Store>,
    may_read: MayRead,
    admit: Option<Admit>,
    hear: Option<Admit>,
    prove: Option<Prove>,
    spare: Option<Spare>,
    because: Option<Because>,
    history: Arc<Mutex<History>>,
    /// The last bodies that were made: many are subscribed to the same.
    made: Mutex<compose::Made>,
}

impl XcapDiffPackage {
    /// The package over these documents, which the store holds.
    #[must_use]
    pub fn new(documents: Arc<Documents>, store: Arc<dyn store::Store>, may_read: MayRead) -> Self {
        let (history, made) = (Arc::<Mutex<History>>::default(), Mutex::default());
        let versions = Arc::clone(&history);
        documents.heard_by(Box::new(move |target, before, now| {
            let (selector, before) = (target.selector(), before.map(xcap::Etag::as_str));
            let mut history = versions.lock().unwrap_or_else(PoisonError::into_inner);
            if history.holds(&selector) {
                history.keep(&selector, now.etag().as_str(), before, now.text());
            }
        }));
        let (admit, hear, prove, spare, because) = (None, None, None, None, None);
        Self { documents, store, may_read, admit, hear, prove, spare, because, history, made }
    }

    /// Whoever subscribes, or goes on to be subscribed, is admitted by this too.
    #[must_use]
    pub fn admitting(mut self, admit: Admit) -> Self {
        self.admit = Some(admit);
        self
    }

    /// Whoever is subscribed is told of documents for as long as this admits him. It is asked often, and changes nothing.
    #[must_use]
    pub fn hearing(mut self, hear: Admit) -> Self {
        self.hear = Some(hear);
        self
    }

    /// Access tokens in SUBSCRIBEs of users are looked at by this.
    #[must_use]
    pub fn proving(mut self, prove: Prove) -> Self {
        self.prove = Some(prove);
        self
    }

    /// Changes of which this says so begin no NOTIFY. Whoever subscribes anew, or is told of something else, hears what there is.
    #[must_use]
    pub fn sparing(mut self, spare: Spare) -> Self {
        self.spare = Some(spare);
        self
    }

    /// What a NOTIFY is told for is a step of a procedure where this knows one.
    #[must_use]
    pub fn because(mut self, because: Because) -> Self {
        self.because = Some(because);
        self
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn is_spared(&self, target: &Target, by: store::Version) -> bool {
        match &self.spare {
            Some(spare) => spare(target.clone(), by).await,
            None => false,
        }
    }

    async fn admitted(&self, peer: &Peer, watch: &Watch) -> Done<()> {
        let Some(admit) = &self.admit else { return Ok(()) };
        admit(peer.clone(), self.targets(watch)).await
    }

    /// The documents that are watched.
    fn targets(&self, watch: &Watch) -> Vec<Target> {
        let targets = watch.resources.iter();
        targets.filter_map(|name| Target::relative(name, self.documents.usages()).ok()).collect()
    }
}

impl Package for XcapDiffPackage {
    const NAME: &'static str = "xcap-diff";
    const MEDIA_TYPE: &'static str = xcap::diff::MEDIA_TYPE;

    fn watch<'a>(&'a self, peer: &'a Peer, request: &'a sip::Message) -> BoxFuture<'a, Done<Watch>> {
        Box::pin(async move {
            let watch = self.wanted(peer, request)?;
            self.prove.as_ref().map_or(Ok(()), |prove| proof::check(prove, peer, request))?;
            self.admitted(peer, &watch).await?;
            // More is too much to be looked at whenever one of them changes.
            let collections: Vec<String> =
                watch.resources.iter().filter(|name| name.ends_with('/')).cloned().collect();
            self.are_small(&collections).await?;
            self.is_fetched_at_once(request, &watch).await?;
            Ok(watch)
        })
    }

    fn may_still<'a>(&'a self, peer: &'a Peer, watch: &'a Watch) -> BoxFuture<'a, Done<()>> {
        Box::pin(async move {
            self.still_wanted(peer, watch)?;
            self.admitted(peer, watch).await
        })
    }

    fn may_hear<'a>(&'a self, peer: &'a Peer, watch: &'a Watch) -> BoxFuture<'a, Done<()>> {
        Box::pin(async move {
            self.still_wanted(peer, watch)?;
            match &self.hear {
                Some(hear) => hear(peer.clone(), self.targets(watch)).await,
                None => Ok(()),
            }
        })
    }

    fn renewed(&self, peer: &Peer, request: &sip::Message, watch: Watch) -> Watch {
        self.told_otherwise(peer, request, watch)
    }

    fn body<'a>(&'a self, watch: &'a Watch, told: &'a Told, is_whole: bool) -> BoxFuture<'a, Done<Body>> {
        Box::pin(self.compose(watch, told, is_whole))
    }

    fn steps<'a>(&'a self, peer: &'a Peer, before: &'a Told, now: &'a Told) -> BoxFuture<'a, Vec<Step>> {
        Box::pin(async move {
            let Some(because) = &self.because else { return Vec::new() };
            // Who was told nothing yet hears what there is: nothing has happened to that.
            let known = |state: &Option<String>| state.as_deref().map(known).map(str::to_owned);
            let is_another =
                |name: &String, state| before.get(name).is_some_and(|before| known(before) != known(state));
            let mut steps = Vec::new();
            for (name, state) in now.iter().filter(|(name, state)| is_another(name, *state)) {
                let target = Target::relative(name, self.documents.usages()).ok();
                let target = target.filter(|target| target.node.is_none());
                let version = state.as_deref().and_then(store::Version::read);
                if let Some((target, version)) = target.zip(version) {
                    steps.extend(because(peer.clone(), target, version).await);
                }
            }
            steps
        })
    }
}

#[cfg(test)]
mod tests;
