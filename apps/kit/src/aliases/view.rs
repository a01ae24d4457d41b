//! Who holds which alias now.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures::channel::mpsc;
use xml_schemas::{
    Timestamp,
    body::{
        Presence,
        presence::{AliasStatus, Scope, Standing},
    },
    ids::{FunctionalAlias, McServiceId},
};

use super::is_same_client;

/// One activation of an alias.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    /// Who holds it.
    pub user: McServiceId,
    /// On which of his clients, where that is known.
    pub client: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// The holders of an alias are others than before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moved {
    /// Which alias.
    pub alias: FunctionalAlias,
    /// Who holds it now, in the order of activation; nobody where it is not active any more.
    pub holders: Arc<[Holder]>,
}

impl Moved {
    /// Whether somebody holds it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.holders.is_empty()
    }
}

/// Who holds which alias, as far as the controlling server has told. A clone is the same view.
#[derive(Clone, Default)]
pub struct View(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    held: HashMap<FunctionalAlias, Arc<[Holder]>>,
    is_told: bool,
    /// When the controlling server was heard last.
    heard: Option<Instant>,
    /// Who is told that everything has been told.
    all: Vec<mpsc::UnboundedSender<()>>,
    followers: Vec<mpsc::UnboundedSender<Moved>>,
}

impl View {
    /// Who holds an alias now, in the order of activation: the first is who activated it first.
    #[must_use]
    pub fn holders(&self, alias: &FunctionalAlias) -> Arc<[Holder]> {
        self.state().held.get(alias).cloned().unwrap_or_default()
    }

    /// Whether this user holds it now, on any of his clients.
    #[must_use]
    pub fn is_held_by(&self, alias: &FunctionalAlias, user: &McServiceId) -> bool {
        self.holders(alias).iter().any(|holder| holder.user == *user)
    }

    /// Whether this user holds it now on this client of his; on any, where it is not known on which.
    #[must_use]
    pub fn is_active_on(&self, alias: &FunctionalAlias, user: &McServiceId, client: Option<&str>) -> bool {
        let is_on = |holder: &Holder, client: &str| {
            holder.client.as_deref().is_some_and(|name| is_same_client(name, client))
        };
        let is_it =
            |holder: &Holder| holder.user == *user && client.is_none_or(|client| is_on(holder, client));
        self.holders(alias).iter().any(is_it)
    }

    /// The aliases that a user holds now, in their own order.
    #[must_use]
    pub fn held_by(&self, user: &McServiceId) -> Vec<FunctionalAlias> {
        let state = self.state();
        let his = |holders: &Arc<[Holder]>| holders.iter().any(|holder| holder.user == *user);
        let held = state.held.iter().filter(|(_, holders)| his(holders));
        let mut aliases: Vec<_> = held.map(|(alias, _)| alias.clone()).collect();
        aliases.sort();
        aliases
    }

    /// Whether the controlling server has told who holds what. Until then nobody holds anything as far as is known, and whoever
    /// finds an alias inactive does well to wait for [`View::moves`].
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.state().is_told
    }

    /// The controlling server has told something now, if only that nothing has changed.
    pub fn heard(&self, now: Instant) {
        self.state().heard = Some(now);
    }

    /// How long ago it was heard last: each refresh of the subscription brings word of it, so that this grows beyond the
    /// subscription's lifetime only where it is away. None where it never was.
    #[must_use]
    pub fn age(&self, now: Instant) -> Option<Duration> {
        self.state().heard.map(|heard| now.saturating_duration_since(heard))
    }

    /// Every change from now on, in order: what becomes active, what changes hands and what becomes inactive. All aliases that are
    /// active already come first, so that nothing is missed between reading and following.
    #[must_use]
    pub fn moves(&self) -> mpsc::UnboundedReceiver<Moved> {
        let (follower, moves) = mpsc::unbounded();
        let mut state = self.state();
        for (alias, holders) in &state.held {
            let _ = follower.unbounded_send(Moved { alias: alias.clone(), holders: Arc::clone(holders) });
        }
        state.followers.push(follower);
        moves
    }

    /// Each time that the controlling server has told of all aliases, the last time among them: what became inactive while nobody
    /// followed it moves nothing, and is known only by not being told.
    #[must_use]
    pub fn all_told(&self) -> mpsc::UnboundedReceiver<()> {
        let (follower, told) = mpsc::unbounded();
        let mut state = self.state();
        if state.is_told {
            let _ = follower.unbounded_send(());
        }
        state.all.push(follower);
        told
    }

    /// Takes in what the controlling server tells. Tests of whoever keeps a view say it in its place.
    pub fn learn(&self, presence: &Presence) {
        let told = by_alias(presence);
        let mut state = self.state();
        if presence.scope == Scope::Whole {
            let named: HashSet<&FunctionalAlias> = told.iter().map(|(alias, _)| alias).collect();
            let gone: Vec<_> = state.held.keys().filter(|alias| !named.contains(alias)).cloned().collect();
            gone.into_iter().for_each(|alias| state.set(alias, Vec::new()));
        }
        told.into_iter().for_each(|(alias, holders)| state.set(alias, holders));
        if presence.scope == Scope::Whole {
            state.everything_is_told();
        }
    }

    /// The controlling server has told of all aliases that there are. Tests of whoever keeps a view say it in its place.
    pub fn everything_is_told(&self) {
        self.state().everything_is_told();
    }

    /// These users hold an alias now, in this order.
    pub fn set(&self, alias: FunctionalAlias, holders: Vec<Holder>) {
        self.state().set(alias, holders);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn everything_is_told(&mut self) {
        self.is_told = true;
        self.all.retain(|follower| follower.unbounded_send(()).is_ok());
    }

    fn set(&mut self, alias: FunctionalAlias, holders: Vec<Holder>) {
        let before = self.held.get(&alias).map_or(&[][..], |before| before);
        if before == holders {
            return;
        }
        let holders: Arc<[Holder]> = holders.into();
        if holders.is_empty() {
            self.held.remove(&alias);
        } else {
            self.held.insert(alias.clone(), Arc::clone(&holders));
        }
        let moved = Moved { alias, holders };
        self.followers.retain(|follower| follower.unbounded_send(moved.clone()).is_ok());
    }
}

/// The holders of each alias of a document, in its order; nobody for one that it calls inactive.
fn by_alias(presence: &Presence) -> Vec<(FunctionalAlias, Vec<Holder>)> {
    let mut told: Vec<(FunctionalAlias, Vec<Holder>)> = Vec::new();
    let mut place: HashMap<FunctionalAlias, usize> = HashMap::new();
    for status in presence.tuples.iter().flat_map(|tuple| &tuple.aliases) {
        let at = *place.entry(status.alias.clone()).or_insert_with(|| {
            told.push((status.alias.clone(), Vec::new()));
            told.len() - 1
        });
        if let (Some((_, holders)), Some(holder)) = (told.get_mut(at), holder(status)) {
            holders.push(holder);
        }
    }
    told
}

fn holder(status: &AliasStatus) -> Option<Holder> {
    let user = status.user.clone().filter(|_| status.status == Some(Standing::Activated))?;
    Some(Holder { user, client: status.client.clone(), since: status.since })
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("View").field(&self.state().held.len()).finish()
    }
}
