//! Who delivers letters: so many tasks for each addressee and no more, however many letters wait for it. One that was not accepted waits
//! for its next time without a task of its own.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use futures::channel::oneshot;
use parking_lot::Mutex;

use super::letter::Addressee;

/// So many letters are under way to one addressee at once.
pub(super) const AT_ONCE: usize = 64;

/// A letter that is to be tried.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) key: String,
    /// Whether this process has begun to deliver it: of what another one wrote that is asked once its time has come.
    pub(super) has_begun: bool,
    /// How long it waits where it is not accepted this time.
    pub(super) pause: Duration,
}

/// The letters to each addressee that wait for their time.
#[derive(Default)]
pub(super) struct Lanes(Mutex<HashMap<Addressee, Lane>>);

#[derive(Default)]
struct Lane {
    /// By when they are due, and in the order in which they came.
    due: BTreeMap<(Instant, u64), Job>,
    last: u64,
    /// How many tasks deliver them.
    tasks: usize,
    /// One of them sleeps until something is due, or it is rung.
    sleeper: Option<oneshot::Sender<()>>,
}

/// What a task does next.
pub(super) enum Next {
    /// It tries this letter. There are more: where the flag says so, another task is begun beside it.
    Try(Job, bool),
    /// It sleeps so long, or until it is rung.
    Sleep(Duration, oneshot::Receiver<()>),
    /// There is nothing more for it to do.
    End,
}

impl Lanes {
    /// A letter is due at this moment. Whether a task has to be begun for it.
    pub(super) fn put(&self, to: &Addressee, job: Job, due: Instant) -> bool {
        let mut lanes = self.0.lock();
        let lane = match lanes.get_mut(to) {
            Some(lane) => lane,
            None => lanes.entry(to.clone()).or_default(),
        };
        lane.last += 1;
        let number = lane.last;
        lane.due.insert((due, number), job);
        // Whoever has woken by itself hears no ringing, and may be long about another letter.
        let is_rung = lane.sleeper.take().is_some_and(|sleeper| sleeper.send(()).is_ok());
        !is_rung && lane.begin()
    }

    /// What a task does that has been begun.
    pub(super) fn next(&self, to: &Addressee, now: Instant) -> Next {
        let mut lanes = self.0.lock();
        let Some(lane) = lanes.get_mut(to) else { return Next::End };
        let first = lane.due.first_key_value().map(|((due, _), _)| *due);
        match first {
            Some(due) if due <= now => {
                let Some((_, job)) = lane.due.pop_first() else { return Next::End };
                let is_more = lane.due.first_key_value().is_some_and(|((due, _), _)| *due <= now);
                Next::Try(job, is_more && lane.begin())
            }
            Some(due) if lane.sleeper.as_ref().is_none_or(oneshot::Sender::is_canceled) => {
                let (sender, rung) = oneshot::channel();
                lane.sleeper = Some(sender);
                Next::Sleep(due - now, rung)
            }
            _ => {
                lane.tasks = lane.tasks.saturating_sub(1);
                if lane.tasks == 0 && lane.due.is_empty() {
                    lanes.remove(to);
                }
                Next::End
            }
        }
    }

    /// How many tasks deliver letters to this addressee.
    #[cfg(test)]
    fn tasks(&self, to: &Addressee) -> usize {
        self.0.lock().get(to).map_or(0, |lane| lane.tasks)
    }
}

impl Lane {
    fn begin(&mut self) -> bool {
        let is_room = self.tasks < AT_ONCE;
        self.tasks += usize::from(is_room);
        is_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        kit::testing::Lab::new().world("mcs").clock.now()
    }

    fn job(number: usize) -> Job {
        Job { key: number.to_string(), has_begun: true, pause: Duration::from_secs(1) }
    }

    fn tried(next: Next) -> Option<String> {
        match next {
            Next::Try(job, _) => Some(job.key),
            Next::Sleep(..) | Next::End => None,
        }
    }

    #[test]
    fn however_many_letters_wait_so_many_tasks_deliver_them() {
        let (lanes, to, now) = (Lanes::default(), Addressee::System("b.example".to_owned()), now());
        let begun = (0..10_000).filter(|number| lanes.put(&to, job(*number), now)).count();
        assert_eq!((begun, lanes.tasks(&to)), (AT_ONCE, AT_ONCE));
        let all: Vec<_> = (0..10_000).filter_map(|_| tried(lanes.next(&to, now))).collect();
        assert_eq!(all, (0..10_000).map(|number| number.to_string()).collect::<Vec<_>>(), "in their order");
        (0..AT_ONCE).for_each(|_| assert!(matches!(lanes.next(&to, now), Next::End)));
        assert!(lanes.0.lock().is_empty(), "nothing is left of a lane that is done");
    }

    #[test]
    fn one_task_sleeps_for_all_that_wait_and_is_rung_for_what_comes() {
        let (lanes, to, now) = (Lanes::default(), Addressee::System("b.example".to_owned()), now());
        let later = now + Duration::from_secs(60);
        assert!(lanes.put(&to, job(1), later) && lanes.put(&to, job(2), later));
        let Next::Sleep(long, mut rung) = lanes.next(&to, now) else { unreachable!("it is not due") };
        assert_eq!(long, Duration::from_secs(60));
        assert!(matches!(lanes.next(&to, now), Next::End), "the second task is not needed");
        assert!(
            !lanes.put(&to, job(3), now) && matches!(rung.try_recv(), Ok(Some(()))),
            "the sleeper is rung"
        );
        let Next::Try(third, is_more) = lanes.next(&to, now) else { unreachable!("it is due") };
        assert_eq!((third.key.as_str(), is_more), ("3", false));
        let Next::Sleep(..) = lanes.next(&to, now) else { unreachable!("the others are not") };
        let Next::Try(first, is_more) = lanes.next(&to, later) else { unreachable!("they are due") };
        assert_eq!((first.key.as_str(), is_more), ("1", true), "another task is begun for the second");
    }

    #[test]
    fn a_sleeper_that_has_woken_by_itself_keeps_no_other_letter_waiting() {
        let (lanes, to, now) = (Lanes::default(), Addressee::System("b.example".to_owned()), now());
        let later = now + Duration::from_secs(1);
        assert!(lanes.put(&to, job(1), later));
        let Next::Sleep(_, rung) = lanes.next(&to, now) else { unreachable!("it is not due") };
        drop(rung);
        assert_eq!(tried(lanes.next(&to, later)).as_deref(), Some("1"), "its time has come, and nobody rang");
        assert!(lanes.put(&to, job(2), later), "the one task may be waiting for an answer: another is begun");
    }
}
