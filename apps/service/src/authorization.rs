//! Service authorization: which public user identities are registered, and which clients of which users are authorized with them.
//! TS 24.379 clause 7.3 · TS 24.229 clause 5.4.1.7 · TS 23.280 clause 10.6.2
//!
//! [`Authorizations`] is the one place that knows. What it says yes to is in the store first, and holds after a restart; when
//! something ends by itself is a time, and needs nobody to notice. A *binding* is of one public user identity: until when the SIP
//! core has it registered, and the clients that are authorized with it, each of an MC service ID.

mod binding;
mod changing;
mod index;
mod keep;
mod record;

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::stream::BoxStream;
use kit::{Fault, Impu, tokens::Marks};
use store::{Event, Store};
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId, migration::ProfileIndex};

pub(crate) use binding::{Binding, Client, FOR_GOOD, Visit};
pub(crate) use keep::Draft;

use crate::Migrations;
use keep::Kept;

/// How many identities are looked through at once, so that nobody waits long for the index.
const LOOKED_THROUGH: usize = 4_096;

/// Who is registered, and who is service-authorized. Who has migrated, to here or away, the book of migrations says: a user who is
/// away is authorized nowhere here, and a visitor only as long as he is admitted there.
///
/// A server that has kept a great deal reads it beside its work: what it is asked about by a request it looks up first, so that
/// nobody is refused for what has not been read yet. The lists are complete once all of it has been.
pub struct Authorizations {
    kept: Kept,
    migrations: Option<Arc<Migrations>>,
}

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
    /// Of a visitor: with which MC service.
    pub service: Option<McService>,
    /// Of a visitor: who the user is in the primary MC system.
    pub primary: Option<McServiceId>,
}

impl Authorizations {
    /// What the store holds, and every change of it from now on.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        migrations: Option<Arc<Migrations>>,
    ) -> Result<(Self, Changes), Fault> {
        let changes = store.watch(record::PREFIX.as_bytes());
        Ok((Self { kept: Kept::open(store).await?, migrations }, changes))
    }

    /// Reads on what is kept; whether there is more.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn read_on(&self) -> Result<bool, Fault> {
        self.kept.read_on().await
    }

    /// Whether everything that is kept has been read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.kept.loading.is_done()
    }

    /// Until everything that is kept has been read.
    pub(crate) async fn read(&self) {
        self.kept.loading.wait().await;
    }

    /// Makes sure that what is kept of this identity is known.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn know(&self, impu: &Impu) -> Result<(), Fault> {
        self.kept.know(impu).await
    }

    /// Whether the user is MC service authorized here at this moment: at least one client is, and the user has not migrated away.
    #[must_use]
    pub fn is_authorized(&self, user: &McServiceId, now: SystemTime) -> bool {
        if self.is_away(user) {
            return false;
        }
        let (index, now) = (self.kept.index.read(), millis(now));
        index.bindings_of(user).any(|(_, binding)| binding.clients_of(user, now).any(|one| self.counts(one)))
    }

    /// The clients of the user that are authorized at this moment, the last one first; none of a user who has migrated away.
    #[must_use]
    pub fn of(&self, user: &McServiceId, now: SystemTime) -> Vec<Authorization> {
        if self.is_away(user) {
            return Vec::new();
        }
        let (index, now) = (self.kept.index.read(), millis(now));
        let bindings = index.bindings_of(user);
        let of_binding = |(impu, binding): (&Impu, &Binding)| -> Vec<Authorization> {
            let counting = binding.clients_of(user, now).filter(|client| self.counts(client));
            counting.map(|client| binding.authorization(impu, client)).collect()
        };
        let mut all: Vec<Authorization> = bindings.flat_map(of_binding).collect();
        all.reverse();
        all
    }

    /// A visitor's client counts once the primary system has said yes, and as long as the visit lasts (TS 23.280 10.6.3.3 step 11).
    fn counts(&self, client: &Client) -> bool {
        let admits = |visit: &Visit| {
            let migrations = self.migrations.as_ref().filter(|_| visit.is_admitted);
            migrations.is_some_and(|book| book.admits(visit.service, &client.user, &visit.primary))
        };
        client.visit.as_ref().is_none_or(admits)
    }

    fn is_away(&self, user: &McServiceId) -> bool {
        self.away(user).is_some()
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
        self.kept.index.read().get(impu).is_some_and(|binding| binding.is_registered(millis(now)))
    }

    /// Every identity that is registered at this moment, in no order.
    #[must_use]
    pub fn registered(&self, now: SystemTime) -> Vec<Impu> {
        let (index, now) = (self.kept.index.read(), millis(now));
        let registered = index.iter().filter(|(_, binding)| binding.is_registered(now));
        registered.map(|(impu, _)| impu.clone()).collect()
    }

    /// Everybody who has an authorized client at this moment, in no order, each once.
    #[must_use]
    pub fn users(&self, now: SystemTime) -> Vec<McServiceId> {
        let (index, now) = (self.kept.index.read(), millis(now));
        let is_on = |user: &&McServiceId| {
            let mut bindings = index.bindings_of(user);
            !self.is_away(user)
                && bindings.any(|(_, binding)| binding.clients_of(user, now).any(|one| self.counts(one)))
        };
        index.users().filter(is_on).cloned().collect()
    }

    /// How many identities are bound, and how many clients are authorized with them; what has ended by itself is among them until
    /// the worker has come by.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        self.kept.index.read().count()
    }

    /// The MC system in which the user works, where the user has migrated and that system has accepted the yes (TS 23.280 10.6.2).
    #[must_use]
    pub fn away(&self, user: &McServiceId) -> Option<Arc<str>> {
        self.migrations.as_ref()?.away(user)
    }

    /// What is bound to this identity at this moment.
    pub(crate) fn binding(&self, impu: &Impu, now: SystemTime) -> Binding {
        let mut binding = self.kept.index.read().get(impu).cloned().unwrap_or_default();
        binding.retire(millis(now));
        binding
    }

    /// The identities with which clients are bound that were authorized by a token of these, of a page of all identities; and after which
    /// one the next page begins, unless this was the last.
    pub(crate) fn with_token(
        &self,
        after: Option<&Impu>,
        is_one: impl Fn(&Marks) -> bool,
    ) -> (Vec<Impu>, Option<Impu>) {
        let index = self.kept.index.read();
        let (mut bound, mut last) = (Vec::new(), None);
        for (place, (impu, binding)) in index.after(after).take(LOOKED_THROUGH).enumerate() {
            if binding.has(&is_one) {
                bound.push(impu.clone());
            }
            if place + 1 == LOOKED_THROUGH {
                last = Some(impu.clone());
            }
        }
        (bound, last)
    }

    /// The identities with which this user is bound.
    pub(crate) fn identities(&self, user: &McServiceId) -> Vec<Impu> {
        self.kept.index.read().bindings_of(user).map(|(impu, _)| impu.clone()).collect()
    }

    /// The identities with which clients of this visitor are bound, with this MC service.
    pub(crate) fn identities_with(&self, service: McService, visitor: &McServiceId) -> Vec<Impu> {
        let index = self.kept.index.read();
        let held = index.bindings_of(visitor).filter(|(_, binding)| binding.holds(service, visitor));
        held.map(|(impu, _)| impu.clone()).collect()
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
