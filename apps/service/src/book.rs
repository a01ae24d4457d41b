//! What the server holds of its users' profiles and of their groups. It is held in memory: it begins with a user's log-on and is
//! fetched anew after a restart.

mod naming;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kit::{Cause, events::Held};
use xml_schemas::{ids::McServiceId, migration::ProfileIndex};

use self::naming::Naming;
use crate::{
    config::{Config, DocumentServer},
    group::{Group, Named},
};

/// Profiles of users who are service-authorized, and the groups that they name.
#[derive(Default)]
pub(crate) struct Book(Mutex<Content>);

/// What a [`Book`] holds.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) users: BTreeMap<String, Profiles>,
    pub(crate) groups: BTreeMap<Group, State>,
    /// Visitors whose profiles are to be followed soon.
    pub(crate) arrived: BTreeSet<McServiceId>,
    naming: Naming,
}

/// One user's profiles.
pub(crate) struct Profiles {
    /// For which subscription this stands: what is told of a former one is not told of this.
    pub(crate) life: Arc<()>,
    pub(crate) held: Held,
    /// Of which dialog a NOTIFY has come: the first one of each says which profiles there are.
    pub(crate) dialog: Vec<u8>,
    /// The groups of each, by its selector.
    pub(crate) named: BTreeMap<String, Named>,
    /// Which version of each that was, by its selector.
    pub(crate) etags: BTreeMap<String, String>,
    /// Those that are being fetched since a NOTIFY named them, by selector: what was told later takes the place of what is fetched.
    pub(crate) awaited: BTreeMap<String, Arc<()>>,
}

impl Profiles {
    /// The groups that this profile names (TS 24.484 7.5: its document is called by its index); those of all of them without one.
    pub(crate) fn groups(&self, profile: Option<ProfileIndex>) -> BTreeSet<Group> {
        let suffix = profile.map(|profile| format!("-{profile}.xml"));
        let is_it = |selector: &str| suffix.as_ref().is_none_or(|suffix| selector.ends_with(suffix));
        let named = self.named.iter().filter(|(selector, _)| is_it(selector));
        named.flat_map(|(_, groups)| groups.keys()).cloned().collect()
    }
}

/// What became of a group that was asked for.
#[derive(Default)]
pub(crate) struct State {
    /// For which wish this stands: a group that is wanted again after it was not, or of another server, is wanted anew.
    pub(crate) wish: Arc<()>,
    /// The public service identity, in one spelling, of the server that is asked for it; none where nobody is.
    pub(crate) server: Option<String>,
    pub(crate) held: Option<Held>,
    /// Whether a NOTIFY has come.
    pub(crate) is_told: bool,
    /// Whether it was asked for and neither refused nor told of since (10.2.7.3 steps 1 to 6).
    pub(crate) is_asked: bool,
    /// Whose turn it is to get it; nobody else's answer counts.
    pub(crate) turn: Arc<()>,
    /// Whether a GET is under way.
    pub(crate) is_getting: bool,
    /// Whether there has been one: what the first NOTIFY says is awaited by who makes it.
    pub(crate) was_got: bool,
    /// The version that a NOTIFY has named since that began.
    pub(crate) newer: Option<String>,
    pub(crate) document: Option<Configuration>,
    pub(crate) refused: Option<Cause>,
}

/// A group that is wanted of one server, for as long as it is: whatever is under way for it counts for no later wish.
#[derive(Clone)]
pub(crate) struct Wished {
    pub(crate) group: Group,
    pub(crate) wish: Arc<()>,
}

impl State {
    /// Whether nothing is awaited: neither a NOTIFY of what was asked for, nor an answer.
    pub(crate) fn is_idle(&self) -> bool {
        !self.is_asked && !self.is_getting
    }

    /// Whether this version of its document is had.
    pub(crate) fn has(&self, etag: &str) -> bool {
        self.document.as_ref().is_some_and(|document| document.etag == etag)
    }
}

/// A group's configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Configuration {
    /// The entity tag of its document at the own group management server.
    pub etag: String,
    /// The MC service IDs of its members, in one spelling.
    pub members: BTreeSet<String>,
}

impl Book {
    pub(crate) fn all(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Whether a profile that is followed names this group.
    pub(crate) fn is_wanted(&self, group: &Group) -> bool {
        self.naming.has(group)
    }

    /// Who is asked for a group: one that a profile names and the configuration knows, the own group management server before others;
    /// this too where a profile names none and no other one says where the group is. None where those that profiles name are all
    /// unknown: whoever writes a profile does not say whom this server talks to.
    pub(crate) fn server_of<'c>(&self, group: &Group, config: &'c Config) -> Option<&'c DocumentServer> {
        let is_named = |server: &&DocumentServer| {
            self.naming.has_with(group, Some(&xcap::canonical(server.psi.as_str())))
        };
        let named = config.groups.iter().chain(&config.named_groups).find(is_named);
        named.or_else(|| config.groups.as_ref().filter(|_| self.naming.has_with(group, None)))
    }

    /// What has become of this wish; none where the group is wanted no more, or of another server.
    pub(crate) fn wished(&mut self, Wished { group, wish }: &Wished) -> Option<&mut State> {
        self.groups.get_mut(group).filter(|state| Arc::ptr_eq(&state.wish, wish))
    }

    /// A NOTIFY names this version of a profile: for what is fetched now, or none where that version is known. What is being fetched for
    /// an earlier NOTIFY counts no more.
    pub(crate) fn awaits(&mut self, user: &str, selector: &str, etag: &str) -> Option<Arc<()>> {
        let profiles = self.users.get_mut(user)?;
        profiles.awaited.remove(selector);
        if profiles.etags.get(selector).is_some_and(|known| known == etag) {
            return None;
        }
        let fetched = Arc::default();
        profiles.awaited.insert(selector.to_owned(), Arc::clone(&fetched));
        Some(fetched)
    }

    /// What was fetched of a profile, where nothing was told of it since: it names these groups from now on, in this version; nothing
    /// changes where it could not be had. The groups that it names or named.
    pub(crate) fn name(
        &mut self,
        (user, selector): (&str, String),
        fetched: &Arc<()>,
        what: Option<(Named, String)>,
    ) -> BTreeSet<Group> {
        let Some(profiles) = self.users.get_mut(user) else { return BTreeSet::new() };
        if !profiles.awaited.get(&selector).is_some_and(|awaited| Arc::ptr_eq(awaited, fetched)) {
            return BTreeSet::new();
        }
        profiles.awaited.remove(&selector);
        let Some((named, etag)) = what else { return BTreeSet::new() };
        profiles.etags.insert(selector.clone(), etag);
        let former = profiles.named.insert(selector, named.clone()).unwrap_or_default();
        self.naming.add(&named);
        self.naming.remove(&former);
        named.into_keys().chain(former.into_keys()).collect()
    }

    /// The profile of this selector is gone, where the user is followed. The groups that it named.
    pub(crate) fn forget(&mut self, user: &str, selector: &str) -> BTreeSet<Group> {
        let Some(profiles) = self.users.get_mut(user) else { return BTreeSet::new() };
        profiles.etags.remove(selector);
        profiles.awaited.remove(selector);
        let former = profiles.named.remove(selector).unwrap_or_default();
        self.naming.remove(&former);
        former.into_keys().collect()
    }

    /// A user's profiles, where this is still the subscription to them.
    pub(crate) fn followed(&mut self, user: &str, life: &Arc<()>) -> Option<&mut Profiles> {
        self.users.get_mut(user).filter(|profiles| Arc::ptr_eq(&profiles.life, life))
    }

    /// A NOTIFY in this dialog names these profiles of a user. The first one names all that there are: the others are gone. The groups
    /// that those named.
    pub(crate) fn told(
        &mut self,
        (user, life): (&str, &Arc<()>),
        dialog: Vec<u8>,
        selectors: &BTreeSet<String>,
    ) -> BTreeSet<Group> {
        let known = self.followed(user, life);
        let Some(profiles) = known.filter(|profiles| profiles.dialog != dialog) else {
            return BTreeSet::new();
        };
        profiles.dialog = dialog;
        profiles.awaited.retain(|selector, _| selectors.contains(selector));
        let gone = |selector: &&String| !selectors.contains(*selector);
        let gone: Vec<String> = profiles.named.keys().filter(gone).cloned().collect();
        gone.iter().flat_map(|selector| self.forget(user, selector)).collect()
    }

    /// The user is followed no more: what was known, and the groups that it named.
    pub(crate) fn leave(&mut self, user: &str) -> Option<(Profiles, BTreeSet<Group>)> {
        let profiles = self.users.remove(user)?;
        profiles.named.values().for_each(|named| self.naming.remove(named));
        let named = profiles.groups(None);
        Some((profiles, named))
    }
}
