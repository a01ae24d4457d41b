//! What a functional alias controlling server knows.

use std::{collections::HashMap, sync::Arc};

use kit::Impu;
use parking_lot::RwLock;
use xml_schemas::ids::{FunctionalAlias, McServiceId};

use crate::{
    config::{Alias, Config, User},
    keep::Kept,
};

/// The state of a functional alias controlling server.
pub struct Facs(Arc<Shared>);

/// What procedures and the package of events both read.
pub(crate) struct Shared {
    pub(crate) kept: Kept,
    rules: RwLock<Arc<Rules>>,
}

/// What an operator changes while the server runs.
pub(crate) struct Rules {
    users: HashMap<Impu, McServiceId>,
    aliases: HashMap<FunctionalAlias, Alias>,
    pub(crate) ends_with_log_off: bool,
}

impl Rules {
    fn of(config: &Config) -> Arc<Self> {
        let user = |user: &User| (user.impu.clone(), user.id.clone());
        Arc::new(Self {
            users: config.users.iter().map(user).collect(),
            aliases: config.aliases.iter().map(|alias| (alias.id.clone(), alias.clone())).collect(),
            ends_with_log_off: config.ends_with_log_off,
        })
    }

    /// The user who registers with this public user identity.
    pub(crate) fn user(&self, impu: &Impu) -> Option<&McServiceId> {
        self.users.get(impu)
    }

    pub(crate) fn alias(&self, id: &FunctionalAlias) -> Option<&Alias> {
        self.aliases.get(id)
    }

    /// Whether he may hold it.
    pub(crate) fn allows(&self, id: &FunctionalAlias, user: &McServiceId) -> bool {
        self.alias(id).is_some_and(|alias| alias.users.contains(user))
    }

    /// The aliases that a user may hold, in their own order.
    pub(crate) fn of_user(&self, user: &McServiceId) -> Vec<&Alias> {
        let mut his: Vec<&Alias> = self.aliases.values().filter(|alias| alias.users.contains(user)).collect();
        his.sort_by(|one, other| one.id.cmp(&other.id));
        his
    }
}

impl Facs {
    pub(crate) fn new(config: &Config, kept: Kept) -> Self {
        Self(Arc::new(Shared { kept, rules: RwLock::new(Rules::of(config)) }))
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.0)
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.0.kept
    }

    pub(crate) fn rules(&self) -> Arc<Rules> {
        self.0.rules()
    }

    pub(crate) fn replace(&self, config: &Config) {
        *self.0.rules.write() = Rules::of(config);
    }
}

impl Shared {
    pub(crate) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read())
    }
}
