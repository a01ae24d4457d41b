//! The way to one partner: its lanes, and how many of them run.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use crate::case::Seq;

/// What is under way to one partner.
#[derive(Default)]
pub(super) struct Way {
    lanes: HashMap<Arc<str>, Lane>,
    /// Lanes that have something to send and do not run.
    ready: VecDeque<Arc<str>>,
    running: usize,
    /// How often in a row the partner could not take anything.
    failures: u32,
    /// Whether it is left alone now.
    is_paused: bool,
    all: BTreeSet<Seq>,
}

#[derive(Default)]
struct Lane {
    letters: VecDeque<Seq>,
    /// Runs, waits for a pause to end, or is among the ready.
    is_taken: bool,
    failures: u32,
    unjudged: Option<Unjudged>,
}

/// What the partner's server cannot judge.
struct Unjudged {
    seq: Seq,
    /// For how many milliseconds it could not.
    so_long: u64,
    /// When it said so last.
    last: u64,
}

impl Way {
    /// One more letter. One that hurries makes its lane be served before others; within the lane nothing overtakes.
    pub(super) fn put(&mut self, lane: &str, seq: Seq, is_urgent: bool) {
        if !self.all.insert(seq) {
            return;
        }
        let name: Arc<str> = match self.lanes.get_key_value(lane) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(lane),
        };
        let lane = self.lanes.entry(Arc::clone(&name)).or_default();
        lane.letters.push_back(seq);
        if !lane.is_taken {
            lane.is_taken = true;
            if is_urgent {
                self.ready.push_front(name);
            } else {
                self.ready.push_back(name);
            }
        }
    }

    /// A lane that is to run from now on, where one may: a partner that fails is tried by one alone.
    pub(super) fn start(&mut self, at_once: usize) -> Option<Arc<str>> {
        let most = if self.failures > 0 { 1 } else { at_once };
        if self.is_paused || self.running >= most {
            return None;
        }
        let lane = self.ready.pop_front()?;
        self.running += 1;
        Some(lane)
    }

    /// The next letter of a lane.
    pub(super) fn front(&self, lane: &str) -> Option<Seq> {
        self.lanes.get(lane)?.letters.front().copied()
    }

    /// It is settled, and the partner takes letters.
    pub(super) fn done(&mut self, lane: &str, seq: Seq) {
        self.all.remove(&seq);
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.failures = 0;
            lane.letters.pop_front();
        }
        self.failures = 0;
    }

    /// A lane's turn is over.
    pub(super) fn finish(&mut self, lane: &Arc<str>) {
        self.running = self.running.saturating_sub(1);
        match self.lanes.get(lane) {
            Some(known) if known.letters.is_empty() => drop(self.lanes.remove(lane)),
            Some(_) => self.ready.push_back(Arc::clone(lane)),
            None => {}
        }
    }

    /// A lane has to wait. How often in a row it, or the partner, has failed.
    pub(super) fn stop(&mut self, lane: &str, is_partner: bool) -> u32 {
        self.running = self.running.saturating_sub(1);
        if is_partner {
            // Lanes that were under way together fail together, once.
            if !self.is_paused {
                self.failures = self.failures.saturating_add(1);
            }
            self.is_paused = true;
            return self.failures;
        }
        let Some(lane) = self.lanes.get_mut(lane) else { return 1 };
        lane.failures = lane.failures.saturating_add(1);
        lane.failures
    }

    /// Its pause is over. Where it was the partner that could not take anything, another lane tries next: what keeps this one waiting may
    /// be of this one alone.
    pub(super) fn ready(&mut self, lane: &Arc<str>, is_partner: bool) {
        if is_partner {
            self.is_paused = false;
            self.ready.push_back(Arc::clone(lane));
        } else {
            self.ready.push_front(Arc::clone(lane));
        }
    }

    /// The partner's server has just said that it cannot judge a letter: for how many milliseconds it could not, `before` of them as an
    /// earlier process has counted. What lies between two such answers counts for `most`: longer than a pause is something else.
    pub(super) fn unjudged_for(
        &mut self,
        (lane, seq): (&str, Seq),
        now: u64,
        (before, most): (u64, u64),
    ) -> u64 {
        let Some(lane) = self.lanes.get_mut(lane) else { return before };
        let so_long = match lane.unjudged.take_if(|known| known.seq == seq) {
            Some(known) => known.so_long.saturating_add(now.saturating_sub(known.last).min(most)),
            None => before,
        };
        lane.unjudged = Some(Unjudged { seq, so_long, last: now });
        so_long
    }

    /// Whether something waits in a lane.
    pub(super) fn has(&self, lane: &str) -> bool {
        self.lanes.get(lane).is_some_and(|lane| !lane.letters.is_empty())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn oldest(&self) -> Option<Seq> {
        self.all.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_a_lane_go_one_after_the_other_and_lanes_beside_each_other() {
        let mut way = Way::default();
        way.put("a", Seq(1), false);
        way.put("a", Seq(2), false);
        way.put("b", Seq(3), false);
        let (a, b) = (way.start(2).unwrap(), way.start(2).unwrap());
        assert_eq!((&*a, &*b), ("a", "b"));
        assert_eq!(way.start(2), None);
        assert_eq!(way.front("a"), Some(Seq(1)));
        way.done("a", Seq(1));
        assert_eq!(way.front("a"), Some(Seq(2)));
        way.done("b", Seq(3));
        way.finish(&b);
        assert_eq!(way.start(2), None, "what runs already is not started twice");
        assert_eq!(way.oldest(), Some(Seq(2)));
    }

    #[test]
    fn a_partner_that_fails_is_tried_by_one_lane_alone_until_it_answers() {
        let mut way = Way::default();
        ["a", "b", "c"].iter().zip(1..).for_each(|(lane, seq)| way.put(lane, Seq(seq), false));
        let (a, b) = (way.start(2).unwrap(), way.start(2).unwrap());
        assert_eq!((way.stop(&a, true), way.stop(&b, true)), (1, 1));
        assert_eq!(way.start(2), None, "it is left alone");
        way.ready(&a, true);
        let probe = way.start(2).unwrap();
        assert_eq!(&*probe, "c", "another than the one that failed");
        assert_eq!(way.start(2), None, "one alone");
        way.done("c", Seq(3));
        assert_eq!(way.start(2).as_deref(), Some("a"));
    }

    #[test]
    fn what_hurries_is_served_first_but_overtakes_nothing_in_its_lane() {
        let mut way = Way::default();
        way.put("a", Seq(1), false);
        way.put("b", Seq(2), true);
        way.put("b", Seq(3), true);
        assert_eq!(way.start(1).as_deref(), Some("b"));
        assert_eq!(way.front("b"), Some(Seq(2)));
    }
}
