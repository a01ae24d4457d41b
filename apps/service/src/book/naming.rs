//! How many profiles name each group.

use std::collections::{BTreeSet, HashMap};

use crate::group::Group;

/// A count for each group that is named at all: so that one user's change costs what that user's groups cost, however many are
/// served.
#[derive(Default)]
pub(super) struct Naming(HashMap<Group, usize>);

impl Naming {
    /// Whether any profile names it.
    pub(super) fn has(&self, group: &Group) -> bool {
        self.0.contains_key(group)
    }

    /// One more profile names these.
    pub(super) fn add(&mut self, named: &BTreeSet<Group>) {
        for group in named {
            *self.0.entry(group.clone()).or_default() += 1;
        }
    }

    /// One that named these does so no more.
    pub(super) fn remove(&mut self, named: &BTreeSet<Group>) {
        for group in named {
            match self.0.get_mut(group) {
                Some(count) if *count > 1 => *count -= 1,
                _ => {
                    self.0.remove(group);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(names: &[&str]) -> BTreeSet<Group> {
        names.iter().map(|name| (*name).into()).collect()
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
}
