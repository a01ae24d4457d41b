//! How many profiles name each group, and whom they name as its group management server.

use std::collections::{BTreeMap, HashMap};

use crate::group::{Group, Named};

/// A count for each group that is named at all, by the server that is named with it: so that one user's change costs what that user's
/// groups cost, however many are served.
#[derive(Default)]
pub(super) struct Naming(HashMap<Group, BTreeMap<Option<String>, usize>>);

impl Naming {
    /// Whether any profile names it.
    pub(super) fn has(&self, group: &Group) -> bool {
        self.0.contains_key(group)
    }

    /// Whether any profile names it with this server, or without any.
    pub(super) fn has_with(&self, group: &Group, server: Option<&str>) -> bool {
        let servers = self.0.get(group);
        servers.is_some_and(|servers| servers.keys().any(|named| named.as_deref() == server))
    }

    /// One more profile names these.
    pub(super) fn add(&mut self, named: &Named) {
        for (group, server) in named {
            *self.0.entry(group.clone()).or_default().entry(server.clone()).or_default() += 1;
        }
    }

    /// One that named these does so no more.
    pub(super) fn remove(&mut self, named: &Named) {
        for (group, server) in named {
            let Some(servers) = self.0.get_mut(group) else { continue };
            match servers.get_mut(server) {
                Some(count) if *count > 1 => *count -= 1,
                _ => {
                    servers.remove(server);
                }
            }
            if servers.is_empty() {
                self.0.remove(group);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(names: &[&str]) -> Named {
        names.iter().map(|name| ((*name).into(), None)).collect()
    }

    #[test]
    fn c10_2_7_3_a_group_is_wanted_until_the_last_profile_that_names_it_is_gone() {
        let mut naming = Naming::default();
        naming.add(&groups(&["fire", "rail"]));
        naming.add(&groups(&["fire"]));
        naming.remove(&groups(&["fire", "rail"]));
        assert!(naming.has(&"fire".into()));
        assert!(!naming.has(&"rail".into()));
        naming.remove(&groups(&["fire"]));
        assert!(!naming.has(&"fire".into()));
    }

    #[test]
    fn c10_2_7_3_each_server_is_named_for_as_long_as_a_profile_names_it() {
        let mut naming = Naming::default();
        let with = |server: &str| Named::from([("fire".to_owned(), Some(server.to_owned()))]);
        naming.add(&with("one"));
        naming.add(&with("two"));
        naming.add(&with("two"));
        naming.remove(&with("one"));
        naming.remove(&with("two"));
        let has = |naming: &Naming, server| naming.has_with(&"fire".into(), server);
        assert!(!has(&naming, Some("one")) && has(&naming, Some("two")) && !has(&naming, None));
        naming.remove(&with("two"));
        assert!(!naming.has(&"fire".into()));
    }
}
