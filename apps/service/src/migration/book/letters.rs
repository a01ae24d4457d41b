//! The letters that are under way, found by their keys and by what they are about.

use std::collections::{HashMap, HashSet};

use xml_schemas::{ids::RequestId, migration::Outcome};

use crate::migration::letter::{Addressee, Letter, What};

#[derive(Default)]
pub(super) struct Letters {
    by_key: HashMap<String, Letter>,
    /// The letter with the yes to each request.
    yes: HashMap<RequestId, String>,
    /// How many notices that a visit is over have still to reach its primary system.
    ends: HashMap<RequestId, usize>,
    /// Which this process delivers.
    under_way: HashSet<String>,
}

impl Letters {
    pub(super) fn put(&mut self, key: String, letter: Letter) {
        self.forget(&key);
        if let Some(request_id) = yes(&letter) {
            self.yes.insert(request_id.clone(), key.clone());
        }
        if let Some(request_id) = ended(&letter) {
            *self.ends.entry(request_id.clone()).or_default() += 1;
        }
        self.by_key.insert(key, letter);
    }

    /// Whether this process delivers it from now on, and did not before.
    pub(super) fn begin(&mut self, key: &str) -> bool {
        self.by_key.contains_key(key) && self.under_way.insert(key.to_owned())
    }

    /// These are what is kept now.
    pub(super) fn replace(&mut self, new: Self) {
        let under_way = std::mem::take(&mut self.under_way);
        *self = Self { under_way, ..new };
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.under_way.remove(key);
        self.forget(key);
    }

    fn forget(&mut self, key: &str) {
        let Some(letter) = self.by_key.remove(key) else { return };
        if let Some(request_id) = yes(&letter).filter(|id| self.yes.get(id).is_some_and(|one| one == key)) {
            self.yes.remove(request_id);
        }
        let Some(request_id) = ended(&letter) else { return };
        if let Some(count) = self.ends.get_mut(request_id) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.ends.remove(request_id);
            }
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Letter> {
        self.by_key.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// The letter with the yes to this request, where it has still to be delivered.
    pub(super) fn yes_to(&self, request_id: &RequestId) -> Option<&String> {
        self.yes.get(request_id)
    }

    /// Whether a system has still to be told that what this named is over.
    pub(super) fn ends(&self, request_id: &RequestId) -> bool {
        self.ends.contains_key(request_id)
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Letter)> {
        self.by_key.iter()
    }
}

fn yes(letter: &Letter) -> Option<&RequestId> {
    match (&letter.to, &letter.what) {
        (Addressee::System(_), What::Answer(answer)) if answer.outcome == Outcome::Success => {
            Some(answer.correlation.key())
        }
        _ => None,
    }
}

fn ended(letter: &Letter) -> Option<&RequestId> {
    match (&letter.to, &letter.what) {
        (Addressee::System(_), What::Ended(ended)) => Some(&ended.request_id),
        _ => None,
    }
}
