//! The letters that are under way, found by their keys and by what they are about.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use xml_schemas::{ids::RequestId, migration::Outcome};

use super::Who;
use crate::migration::letter::{Addressee, Letter, Own, What};

#[derive(Default)]
pub(super) struct Letters {
    by_key: HashMap<String, Letter>,
    /// Those with an answer to each system, by the own user whom it is about.
    answers: HashMap<String, HashMap<Who, HashSet<String>>>,
    /// What each own server has still to hear of a user.
    news: HashMap<(Own, Who), String>,
    /// How many there are to each system.
    to_system: HashMap<String, usize>,
    /// How many notices that a visit is over have still to reach its primary system.
    ends: HashMap<RequestId, usize>,
    /// Which this process delivers.
    under_way: HashSet<String>,
}

impl Letters {
    pub(super) fn put(&mut self, key: String, letter: Letter) {
        self.forget(&key);
        if let Addressee::System(system) = &letter.to {
            *self.to_system.entry(system.clone()).or_default() += 1;
        }
        if let Some((system, who, _)) = answer(&letter) {
            self.answers.entry(system.to_owned()).or_default().entry(who).or_default().insert(key.clone());
        }
        if let Some(request_id) = ended(&letter) {
            *self.ends.entry(request_id.clone()).or_default() += 1;
        }
        for about in news(&letter) {
            self.news.insert(about, key.clone());
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
        if let Addressee::System(system) = &letter.to {
            one_less(&mut self.to_system, system);
        }
        if let Some((system, who, _)) = answer(&letter) {
            self.forget_answer(key, system, &who);
        }
        if let Some(request_id) = ended(&letter) {
            one_less(&mut self.ends, request_id);
        }
        for about in news(&letter) {
            if self.news.get(&about).is_some_and(|last| last == key) {
                self.news.remove(&about);
            }
        }
    }

    fn forget_answer(&mut self, key: &str, system: &str, who: &Who) {
        let Some(users) = self.answers.get_mut(system) else { return };
        let Some(keys) = users.get_mut(who) else { return };
        keys.remove(key);
        if keys.is_empty() {
            users.remove(who);
        }
        if users.is_empty() {
            self.answers.remove(system);
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Letter> {
        self.by_key.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// The answers about this user that have still to be delivered to that system, those of which `is_one` is so.
    pub(super) fn answers_to(
        &self,
        system: &str,
        who: &Who,
        is_one: impl Fn(&Outcome) -> bool,
    ) -> Vec<String> {
        let keys = self.answers.get(system).and_then(|users| users.get(who)).into_iter().flatten();
        let is_one = |key: &&String| {
            self.by_key.get(*key).and_then(answer).is_some_and(|(.., outcome)| is_one(outcome))
        };
        keys.filter(is_one).cloned().collect()
    }

    /// What that own server has still to hear of this user.
    pub(super) fn news_of(&self, own: Own, who: &Who) -> Option<(String, Letter)> {
        let key = self.news.get(&(own, who.clone()))?;
        self.by_key.get_key_value(key).map(|(key, letter)| (key.clone(), letter.clone()))
    }

    /// How many have still to be delivered to that system.
    pub(super) fn to_system(&self, system: &str) -> usize {
        self.to_system.get(system).copied().unwrap_or_default()
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

/// The system that an answer is for, whom of ours it is about, and what it says.
fn answer(letter: &Letter) -> Option<(&str, Who, &Outcome)> {
    match (&letter.to, &letter.what) {
        (Addressee::System(system), What::Answer(answer)) => {
            Some((system, (answer.service, answer.primary.clone()), &answer.outcome))
        }
        _ => None,
    }
}

/// Which own server is to hear of whom.
fn news(letter: &Letter) -> Vec<(Own, Who)> {
    match (&letter.to, &letter.what) {
        (Addressee::Own(own), What::Changed(changed)) => {
            changed.users.iter().map(|user| (*own, (changed.service, user.clone()))).collect()
        }
        _ => Vec::new(),
    }
}

fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, of: &K) {
    if let Some(count) = counts.get_mut(of) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(of);
        }
    }
}

fn ended(letter: &Letter) -> Option<&RequestId> {
    match (&letter.to, &letter.what) {
        (Addressee::System(_), What::Ended(ended)) => Some(&ended.request_id),
        _ => None,
    }
}
