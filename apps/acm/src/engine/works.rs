//! Decisions that are to be carried out: so many of one partner's at once, the others in their turn, and each that failed after a pause.
//! What waits takes no task, only its name. What changes one thing goes one after the other, the next when the last is done: a change that
//! is made again because nobody knows whether it was made shall not come after the next.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    time::Duration,
};

use parking_lot::Mutex;
use xml_schemas::acm::Kind;

use crate::case::CaseKey;

/// The first pause after a failure, and the longest, in milliseconds.
const PAUSES: [u64; 2] = [1_000, 60_000];

/// One decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Work {
    pub(crate) key: CaseKey,
    pub(crate) kind: Kind,
    /// Whom it changes, where nothing else may change them meanwhile.
    subjects: Vec<String>,
    /// How often it has failed.
    failures: u32,
}

impl Work {
    pub(crate) fn new(key: CaseKey, kind: Kind, subjects: Vec<String>) -> Self {
        Self { key, kind, subjects, failures: 0 }
    }
}

/// The decisions of all partners, by the system that asked.
#[derive(Default)]
pub(crate) struct Works(Mutex<HashMap<String, Line>>);

#[derive(Default)]
struct Line {
    /// Whatever waits or runs.
    known: HashSet<CaseKey>,
    /// What waits, by when it may run; then in the order of its coming.
    queue: BTreeMap<(u64, u64), Work>,
    /// Whose turn it is with each subject, and who comes then.
    turns: HashMap<String, VecDeque<CaseKey>>,
    count: u64,
    running: usize,
    /// When somebody looks again, if somebody does.
    looks: Option<u64>,
}

impl Works {
    /// Whether it is known already.
    pub(crate) fn knows(&self, partner: &str, key: &CaseKey) -> bool {
        self.0.lock().get(partner).is_some_and(|line| line.known.contains(key))
    }

    /// One more, from now on; nothing where it is known already.
    pub(crate) fn put(&self, partner: &str, work: Work, now: u64) {
        let mut lines = self.0.lock();
        let line = lines.entry(partner.to_owned()).or_default();
        if line.known.insert(work.key.clone()) {
            for subject in &work.subjects {
                line.turns.entry(subject.clone()).or_default().push_back(work.key.clone());
            }
            line.push(work, now);
        }
    }

    /// The next that is to run now, where one more may.
    pub(crate) fn start(&self, partner: &str, most: usize, now: u64) -> Option<Work> {
        let mut lines = self.0.lock();
        let line = lines.get_mut(partner).filter(|line| line.running < most)?;
        let place = line.next().filter(|(at, _)| *at <= now)?;
        let work = line.queue.remove(&place)?;
        line.running += 1;
        Some(work)
    }

    /// Another that changes the same has begun elsewhere: it comes before all that have not.
    pub(crate) fn comes_first(&self, partner: &str, key: &CaseKey) {
        let mut lines = self.0.lock();
        let Some(line) = lines.get_mut(partner) else { return };
        for turns in line.turns.values_mut() {
            if let Some(first) = turns.iter().position(|each| each == key).and_then(|at| turns.remove(at)) {
                turns.push_front(first);
            }
        }
    }

    /// For how long nobody need look, where nobody looks sooner.
    pub(crate) fn rest(&self, partner: &str, most: usize, now: u64) -> Option<Duration> {
        let mut lines = self.0.lock();
        let line = lines.get_mut(partner).filter(|line| line.running < most)?;
        let (first, _) = line.next()?;
        if line.looks.is_some_and(|looks| looks <= first) {
            return None;
        }
        line.looks = Some(first);
        Some(Duration::from_millis(first.saturating_sub(now)))
    }

    /// Somebody looks.
    pub(crate) fn look(&self, partner: &str, now: u64) {
        if let Some(line) = self.0.lock().get_mut(partner)
            && line.looks.is_some_and(|looks| looks <= now)
        {
            line.looks = None;
        }
    }

    /// It has been carried out.
    pub(crate) fn done(&self, partner: &str, work: &Work) {
        let mut lines = self.0.lock();
        let Some(line) = lines.get_mut(partner) else { return };
        line.running = line.running.saturating_sub(1);
        line.known.remove(&work.key);
        line.is_over(work);
        if line.known.is_empty() {
            lines.remove(partner);
        }
    }

    /// It has failed, and is tried again after a pause that grows.
    pub(crate) fn again(&self, partner: &str, work: Work, now: u64) {
        let [first, longest] = PAUSES;
        let mut lines = self.0.lock();
        let Some(line) = lines.get_mut(partner) else { return };
        line.running = line.running.saturating_sub(1);
        let pause = first.saturating_mul(1 << work.failures.min(16)).min(longest);
        let failures = work.failures.saturating_add(1);
        line.push(Work { failures, ..work }, now.saturating_add(pause));
    }
}

impl Line {
    /// The place of the first that nothing else has to be done before.
    fn next(&self) -> Option<(u64, u64)> {
        self.queue.iter().find(|(_, work)| self.is_its_turn(work)).map(|(place, _)| *place)
    }

    fn is_its_turn(&self, work: &Work) -> bool {
        let mut turns = work.subjects.iter().filter_map(|subject| self.turns.get(subject)?.front());
        turns.all(|first| *first == work.key)
    }

    fn is_over(&mut self, work: &Work) {
        for subject in &work.subjects {
            let Some(turns) = self.turns.get_mut(subject) else { continue };
            turns.retain(|key| *key != work.key);
            if turns.is_empty() {
                self.turns.remove(subject);
            }
        }
    }

    fn push(&mut self, work: Work, at: u64) {
        self.count += 1;
        self.queue.insert((at, self.count), work);
    }
}

#[cfg(test)]
mod tests {
    use xml_schemas::ids::RequestId;

    use super::*;

    fn work(name: &str) -> Work {
        let key = CaseKey::received("a.example", RequestId::new(name).unwrap());
        Work::new(key, Kind::AddMigrationUsers, Vec::new())
    }

    fn update(name: &str, user: &str) -> Work {
        Work { subjects: vec![user.to_owned()], kind: Kind::UserProfileUpdate, ..work(name) }
    }

    #[test]
    fn what_changes_one_thing_goes_one_after_the_other_also_where_the_first_fails() {
        let works = Works::default();
        for each in [update("r-1", "v"), update("r-2", "v"), update("r-3", "w")] {
            works.put("a.example", each, 0);
        }
        let first = works.start("a.example", 9, 0).unwrap();
        assert_eq!(name(works.start("a.example", 9, 0)).as_deref(), Some("r-3"), "of another");
        assert_eq!(name(works.start("a.example", 9, 0)), None);
        assert_eq!(works.rest("a.example", 9, 0), None, "who runs looks for the next");
        works.again("a.example", first, 0);
        assert_eq!(name(works.start("a.example", 9, 0)), None, "the first may have had its effect");
        let first = works.start("a.example", 9, 1_000).unwrap();
        works.done("a.example", &first);
        assert_eq!(name(works.start("a.example", 9, 1_000)).as_deref(), Some("r-2"));
    }

    #[test]
    fn what_changes_several_waits_for_all_of_them() {
        let works = Works::default();
        let both = Work { subjects: vec!["v".into(), "w".into()], ..work("r-3") };
        for each in [update("r-1", "v"), update("r-2", "w"), both, update("r-4", "w")] {
            works.put("a.example", each, 0);
        }
        let [first, second] = [(); 2].map(|()| works.start("a.example", 9, 0).unwrap());
        works.done("a.example", &second);
        assert_eq!(name(works.start("a.example", 9, 0)), None);
        works.done("a.example", &first);
        assert_eq!(name(works.start("a.example", 9, 0)).as_deref(), Some("r-3"));
        assert_eq!(name(works.start("a.example", 9, 0)), None);
    }

    fn name(work: Option<Work>) -> Option<String> {
        work.map(|work| work.key.request_id().to_string())
    }

    #[test]
    fn what_has_begun_elsewhere_comes_first() {
        let works = Works::default();
        for each in [update("r-1", "v"), update("r-2", "v"), update("r-3", "v")] {
            works.put("a.example", each, 0);
        }
        let first = works.start("a.example", 9, 0).unwrap();
        works.comes_first("a.example", &work("r-3").key);
        works.again("a.example", first, 0);
        let begun = works.start("a.example", 9, 0).unwrap();
        assert_eq!(begun.key, work("r-3").key);
        works.done("a.example", &begun);
        assert_eq!(name(works.start("a.example", 9, 1_000)).as_deref(), Some("r-1"));
    }

    #[test]
    fn so_many_run_at_once_the_others_wait_and_none_is_begun_twice() {
        let works = Works::default();
        for each in ["r-1", "r-2", "r-2", "r-3"] {
            works.put("a.example", work(each), 5);
        }
        let started = [(); 3].map(|()| name(works.start("a.example", 2, 5)));
        assert_eq!(started, [Some("r-1".into()), Some("r-2".into()), None]);
        assert_eq!(works.rest("a.example", 2, 5), None, "who runs looks for the next");
        works.done("a.example", &work("r-1"));
        assert_eq!(name(works.start("a.example", 2, 5)).as_deref(), Some("r-3"));
        assert!(!works.knows("a.example", &work("r-1").key) && works.knows("a.example", &work("r-2").key));
    }

    #[test]
    fn what_failed_keeps_no_place_and_comes_again_after_pauses_that_grow() {
        let works = Works::default();
        works.put("a.example", work("r-1"), 0);
        let first = works.start("a.example", 1, 0).unwrap();
        works.again("a.example", first, 0);
        works.put("a.example", work("r-2"), 0);
        assert_eq!(name(works.start("a.example", 1, 0)).as_deref(), Some("r-2"), "another goes on");
        works.done("a.example", &work("r-2"));
        assert_eq!(works.rest("a.example", 1, 0), Some(Duration::from_secs(1)));
        assert_eq!(works.rest("a.example", 1, 0), None, "one looks");
        works.look("a.example", 1_000);
        let again = works.start("a.example", 1, 1_000).unwrap();
        works.again("a.example", again, 1_000);
        assert_eq!(works.rest("a.example", 1, 1_000), Some(Duration::from_secs(2)));
    }
}
