//! Service authorization: which public user identities are registered, and which clients of which users are authorized with them.
//! TS 24.379 clause 7.3 · TS 24.229 clause 5.4.1.7 · TS 23.280 clause 10.6.2
//!
//! [`Authorizations`] is the one place that knows. What it says yes to is in the store first, and holds after a restart; when
//! something ends by itself is a time, and needs nobody to notice. A *binding* is of one public user identity: until when the SIP
//! core has it registered, and the clients that are authorized with it, each of an MC service ID.

mod binding;
mod index;
mod keep;
mod record;

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::stream::BoxStream;
use kit::{Done, Fault, Impu, tokens::Marks};
use store::{Event, Store};
use xml_schemas::{ids::McServiceId, migration::ProfileIndex};

pub(crate) use binding::{Binding, Client, FOR_GOOD, Visit};
pub(crate) use keep::Changed;

use keep::Kept;

/// Who is registered, and who is service-authorized.
///
/// A server that has kept a great deal reads it beside its work: what it is asked about by a request it looks up first, so that
/// nobody is refused for what has not been read yet. The lists are complete once all of it has been.
pub struct Authorizations(Kept);

/// One client that is service-authorized.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authorization {
    /// Whose client it is.
    pub user: McServiceId,
    /// The public user identity that it is reached at.
    pub impu: Impu,
    /// Which client, where it said so (TS 24.379 7.2.1).
    pub client: Option<Arc<str>>,
    /// The profile that was selected with it; none where the default one holds.
    pub profile: Option<ProfileIndex>,
    /// When it ends unless it is refreshed.
    pub until: SystemTime,
    /// Of a visitor: who the user is in the primary MC system.
    pub primary: Option<McServiceId>,
}

impl Authorizations {
    /// What the store holds, and every change of it from now on.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn open(store: Arc<dyn Store>) -> Result<(Self, Changes), Fault> {
        let changes = store.watch(record::PREFIX.as_bytes());
        Ok((Self(Kept::open(store).await?), changes))
    }

    /// Reads on what is kept; whether there is more.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn read_on(&self) -> Result<bool, Fault> {
        self.0.read_on().await
    }

    /// Whether everything that is kept has been read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.0.loading.is_done()
    }

    /// Until everything that is kept has been read.
    pub(crate) async fn read(&self) {
        self.0.loading.wait().await;
    }

    /// Makes sure that what is kept of this identity is known.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn know(&self, impu: &Impu) -> Result<(), Fault> {
        self.0.know(impu).await
    }

    /// Whether the user is MC service authorized here at this moment: at least one client is, and the user has not migrated away.
    #[must_use]
    pub fn is_authorized(&self, user: &McServiceId, now: SystemTime) -> bool {
        let (index, now) = (self.0.index.read(), millis(now));
        !index.is_away(user) && index.bindings_of(user).any(|(_, binding)| binding.authorizes(user, now))
    }

    /// The clients of the user that are authorized at this moment, the last one first; none of a user who has migrated away.
    #[must_use]
    pub fn of(&self, user: &McServiceId, now: SystemTime) -> Vec<Authorization> {
        let (index, now) = (self.0.index.read(), millis(now));
        if index.is_away(user) {
            return Vec::new();
        }
        let bindings = index.bindings_of(user);
        let mut all: Vec<Authorization> =
            bindings.flat_map(|(impu, binding)| binding.authorizations(impu, user, now)).collect();
        all.reverse();
        all
    }

    /// The profile that the user has selected, with whichever client was the last to say so.
    #[must_use]
    pub fn profile(&self, user: &McServiceId, now: SystemTime) -> Option<ProfileIndex> {
        self.of(user, now).into_iter().find_map(|authorization| authorization.profile)
    }

    /// Who the user is in the primary MC system, where the user is a visitor who is authorized here at this moment.
    #[must_use]
    pub fn primary(&self, visitor: &McServiceId, now: SystemTime) -> Option<McServiceId> {
        self.of(visitor, now).into_iter().find_map(|authorization| authorization.primary)
    }

    /// Whether this identity is registered at this moment.
    #[must_use]
    pub fn is_registered(&self, impu: &Impu, now: SystemTime) -> bool {
        self.0.index.read().get(impu).is_some_and(|binding| binding.is_registered(millis(now)))
    }

    /// Every identity that is registered at this moment, in no order.
    #[must_use]
    pub fn registered(&self, now: SystemTime) -> Vec<Impu> {
        let (index, now) = (self.0.index.read(), millis(now));
        let registered = index.iter().filter(|(_, binding)| binding.is_registered(now));
        registered.map(|(impu, _)| impu.clone()).collect()
    }

    /// Everybody who has an authorized client at this moment, in no order, each once.
    #[must_use]
    pub fn users(&self, now: SystemTime) -> Vec<McServiceId> {
        let (index, now) = (self.0.index.read(), millis(now));
        let is_on = |user: &&McServiceId| {
            !index.is_away(user) && index.bindings_of(user).any(|(_, binding)| binding.authorizes(user, now))
        };
        index.users().filter(is_on).cloned().collect()
    }

    /// How many identities are bound, and how many clients are authorized with them; what has ended by itself is among them until
    /// the worker has come by.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        self.0.index.read().count()
    }

    /// The MC system in which the user works, where the user has migrated.
    #[must_use]
    pub fn away(&self, user: &McServiceId) -> Option<Arc<str>> {
        self.0.index.read().away(user)
    }

    /// From now on the user works in this MC system and is authorized nowhere else (TS 23.280 10.6.2). The mark itself is its
    /// procedure's to keep: after a restart it says so again.
    pub(crate) fn went(&self, user: McServiceId, system: Arc<str>) {
        self.0.index.write().set_away(user, system);
    }

    /// The user works here again, once authorized anew. Where the user had been.
    pub(crate) fn came_back(&self, user: &McServiceId) -> Option<Arc<str>> {
        self.0.index.write().clear_away(user)
    }

    /// What is bound to this identity at this moment.
    pub(crate) fn binding(&self, impu: &Impu, now: SystemTime) -> Binding {
        let mut binding = self.0.index.read().get(impu).cloned().unwrap_or_default();
        binding.retire(millis(now));
        binding
    }

    /// The identities with which clients are bound that were authorized by a token of these.
    pub(crate) fn with_token(&self, is_one: impl Fn(&Marks) -> bool) -> Vec<Impu> {
        let index = self.0.index.read();
        let bound = index.iter().filter(|(_, binding)| binding.has(&is_one));
        bound.map(|(impu, _)| impu.clone()).collect()
    }

    /// The identities with which this user is bound.
    pub(crate) fn identities(&self, user: &McServiceId) -> Vec<Impu> {
        self.0.index.read().bindings_of(user).map(|(impu, _)| impu.clone()).collect()
    }

    /// Changes what is bound to an identity: first in the store, then here. `edit` may be called again, where somebody else was
    /// first; it finds only what has not ended.
    ///
    /// # Errors
    /// As `edit`, and [`Fault`] where the store cannot keep it: then nothing has changed.
    pub(crate) async fn change<T>(
        &self,
        impu: &Impu,
        now: SystemTime,
        edit: impl Fn(&mut Binding) -> Done<T>,
    ) -> Done<Changed<T>> {
        self.0.change(impu, millis(now), edit).await
    }

    /// Another process has changed the record of this key, or this one has. Whom it may concern.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub(crate) async fn follow(&self, event: &Event) -> Result<Vec<McServiceId>, Fault> {
        self.0.follow(event).await
    }

    /// Changes were missed: everything is read again. Whom it may concern.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub(crate) async fn read_again(&self) -> Result<Vec<McServiceId>, Fault> {
        let new = keep::load(&*self.0.store).await?;
        Ok(self.0.index.write().replace(new))
    }

    /// The identities with which something has ended by now, each once.
    pub(crate) fn due(&self, now: SystemTime) -> Vec<Impu> {
        self.0.index.write().due(millis(now))
    }

    /// Looks at this identity again then.
    pub(crate) fn look_again(&self, impu: &Impu, at: SystemTime) {
        self.0.index.write().look(impu, millis(at));
    }

    /// How long nothing ends by itself.
    pub(crate) fn quiet(&self, now: SystemTime) -> Option<Duration> {
        let next = self.0.index.read().next()?;
        Some(Duration::from_millis(next.saturating_sub(millis(now))))
    }
}

/// What happens to the records of authorizations, whoever does it.
pub(crate) type Changes = BoxStream<'static, Result<Event, store::Fault>>;

/// Milliseconds of Unix time.
pub(crate) fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(FOR_GOOD)
}

/// The moment of so many milliseconds of Unix time; one that no calendar of ours has is the end of them all.
pub(crate) fn moment(millis: u64) -> SystemTime {
    /// Beyond the year 9999.
    const LAST: u64 = 253_402_300_800_000;
    UNIX_EPOCH + Duration::from_millis(millis.min(LAST))
}
