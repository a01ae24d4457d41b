//! How authorizations change: by drafts that are kept first, by what other processes of the same server write, and by themselves.

use std::time::{Duration, SystemTime};

use kit::{Done, Fault, Impu};
use store::{Event, Store, Version};
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId};

use super::{Authorizations, Binding, Client, Draft, keep, millis};

/// Where the two books, of migrations and of bindings, do not say the same.
#[derive(Default)]
pub(crate) struct Compared {
    /// Identities with which a visitor's client is bound who has no visit.
    pub(crate) strays: Vec<Impu>,
    /// Visits of which no client is bound.
    pub(crate) lonely: Vec<crate::migration::Visit>,
}

impl Authorizations {
    /// What is bound to visitors of whom the book of migrations knows no visit, and which visits nobody's client is bound for.
    pub(crate) fn compared(&self) -> Compared {
        let Some(migrations) = &self.migrations else { return Compared::default() };
        let index = self.kept.index.read();
        let is_stray = |client: &Client| {
            let visit = client.visit.as_ref();
            visit.is_some_and(|visit| !migrations.has_visit(visit.service, &client.user, &visit.primary))
        };
        let strays = index.iter().filter(|(_, binding)| binding.clients.iter().any(is_stray));
        let strays = strays.map(|(impu, _)| impu.clone()).collect();
        let is_held = |service: McService, visitor: &McServiceId| {
            index.bindings_of(visitor).any(|(_, binding)| binding.holds(service, visitor))
        };
        let lonely =
            migrations.visits_where(|visit| visit.is_admitted() && !is_held(visit.service, &visit.partner));
        Compared { strays, lonely }
    }

    /// What `edit` would make of what is bound to an identity; it finds only what has not ended.
    ///
    /// # Errors
    /// As `edit`, and [`Fault`] where the store cannot be read.
    pub(crate) async fn draft<T>(
        &self,
        impu: &Impu,
        now: SystemTime,
        edit: impl FnOnce(&mut Binding) -> Done<T>,
    ) -> Done<(Draft, T)> {
        self.kept.draft(impu, millis(now), edit).await
    }

    /// What `edit` makes of all that is bound to an identity, whether it has ended or not: so that nobody else's end is hidden in it.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub(crate) async fn sketch(&self, impu: &Impu, edit: impl FnOnce(&mut Binding)) -> Result<Draft, Fault> {
        self.kept.sketch(impu, edit).await
    }

    /// A draft has been kept, as of this version.
    pub(crate) fn took(&self, draft: &Draft, version: Version) {
        self.kept.took(draft, version);
    }

    /// What is kept of this identity is read, whatever is known of it.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn refresh(&self, impu: &Impu) -> Result<(), Fault> {
        Ok(self.kept.read_one(impu).await?)
    }

    /// Where everything is kept.
    pub(crate) fn store(&self) -> &dyn Store {
        &*self.kept.store
    }

    /// Another process has changed the record of this key, or this one has. Whom it may concern.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub(crate) async fn follow(&self, event: &Event) -> Result<Vec<McServiceId>, Fault> {
        self.kept.follow(event).await
    }

    /// Changes were missed: everything is read again. Whom it may concern.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub(crate) async fn read_again(&self) -> Result<Vec<McServiceId>, Fault> {
        let new = keep::load(&*self.kept.store).await?;
        Ok(self.kept.index.write().replace(new))
    }

    /// The identities with which something has ended by now, each once.
    pub(crate) fn due(&self, now: SystemTime) -> Vec<Impu> {
        self.kept.index.write().due(millis(now))
    }

    /// Looks at this identity again then.
    pub(crate) fn look_again(&self, impu: &Impu, at: SystemTime) {
        self.kept.index.write().look(impu, millis(at));
    }

    /// How long nothing ends by itself.
    pub(crate) fn quiet(&self, now: SystemTime) -> Option<Duration> {
        let next = self.kept.index.read().next()?;
        Some(Duration::from_millis(next.saturating_sub(millis(now))))
    }
}
