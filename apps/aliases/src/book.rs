//! Who holds what, as far as the store has told: for questions that must not wait.

use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

use store::Version;
use xml_schemas::ids::{FunctionalAlias, McServiceId};

use crate::holding::{Held, Holding};

#[derive(Debug, Default)]
pub(crate) struct Book(HashMap<FunctionalAlias, (Holding, Version)>);

impl Book {
    /// This is how the alias is held from now on; none where it is not. Who was or is a holder, each once.
    pub(crate) fn set(
        &mut self,
        alias: &FunctionalAlias,
        now: Option<(Holding, Version)>,
    ) -> HashSet<McServiceId> {
        let after = now.as_ref().map(|(holding, _)| holding.clone()).unwrap_or_default();
        let before = match now {
            Some(now) => self.0.insert(alias.clone(), now),
            None => self.0.remove(alias),
        };
        let before = before.map(|(holding, _)| holding).unwrap_or_default();
        before.0.into_iter().chain(after.0).map(|held| held.user).collect()
    }

    /// Every alias that is held, in no order.
    pub(crate) fn aliases(&self) -> Vec<FunctionalAlias> {
        self.0.keys().cloned().collect()
    }

    pub(crate) fn version(&self, alias: &FunctionalAlias) -> Option<Version> {
        self.0.get(alias).map(|(_, version)| *version)
    }

    pub(crate) fn holders(&self, alias: &FunctionalAlias, now: SystemTime) -> Vec<Held> {
        let holding = self.0.get(alias).map(|(holding, _)| &holding.0[..]).unwrap_or_default();
        holding.iter().filter(|held| held.until > now).cloned().collect()
    }

    /// The aliases that are held by what is picked, in their own order.
    pub(crate) fn held(&self, which: impl Fn(&FunctionalAlias, &Held) -> bool) -> Vec<FunctionalAlias> {
        let held =
            self.0.iter().filter(|(alias, (holding, _))| holding.0.iter().any(|held| which(alias, held)));
        let mut aliases: Vec<_> = held.map(|(alias, _)| alias.clone()).collect();
        aliases.sort();
        aliases
    }

    /// When the next holding ends by itself.
    pub(crate) fn next_end(&self) -> Option<SystemTime> {
        self.0.values().flat_map(|(holding, _)| &holding.0).map(|held| held.until).min()
    }
}
