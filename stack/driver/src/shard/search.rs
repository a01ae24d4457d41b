//! A target set that is tried one after the other: who is next, and when.
//! RFC 3261 clause 16.6 · RFC 4320 clause 4

use std::{
    cell::RefCell,
    collections::BTreeMap,
    rc::{Rc, Weak},
    time::{Duration, Instant},
};

use proxy::{BranchId, Choice, search};
use transaction::{Reliability, Timer};
use wire::Hop;

use super::{
    core::Core,
    forward::{Relay, Relayed},
};

/// Names a branch that may be silent until then.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Silence {
    at: Instant,
    number: u64,
}

/// The branches that others are waiting behind.
#[derive(Default)]
pub(super) struct Searches {
    due: BTreeMap<Silence, (Weak<RefCell<Relay>>, BranchId)>,
    begun: u64,
}

impl Searches {
    fn watch(&mut self, at: Instant, relayed: &Relayed) -> Silence {
        self.begun += 1;
        let silence = Silence { at, number: self.begun };
        self.due.insert(silence, (Rc::downgrade(&relayed.relay), relayed.branch));
        silence
    }

    pub(super) fn forget(&mut self, silence: Option<Silence>) {
        silence.and_then(|silence| self.due.remove(&silence));
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.due.keys().next().map(|silence| silence.at)
    }

    /// A branch that has been silent for too long.
    fn expire(&mut self, now: Instant) -> Option<Relayed> {
        while let Some(first) = self.due.first_entry().filter(|first| first.key().at <= now) {
            let (relay, branch) = first.remove();
            if let Some(relay) = relay.upgrade() {
                return Some(Relayed { relay, branch });
            }
        }
        None
    }
}

impl Core {
    /// From now on this branch is the one that may be silent for so long.
    pub(super) fn watch_silence(&mut self, relayed: &Relayed, hop: &Hop) {
        let mut relay = relayed.relay.borrow_mut();
        if let Some(patience) = relay.patience {
            relay.tried = Some(hop.clone());
            relay.silence = Some(self.searches.watch(self.now + patience, relayed));
        }
    }

    /// The next of them, as long as somebody waits for an answer.
    pub(super) fn search(&mut self, relay: &Rc<RefCell<Relay>>) {
        let (server, next) = {
            let mut relay = relay.borrow_mut();
            (relay.server, relay.others.next())
        };
        let asked = self.servers.user(server).map(|asked| (asked.request.clone(), asked.arrival.clone()));
        if let (Some(next), Some((request, arrival))) = (next, asked) {
            self.common.metrics.searched.inc();
            self.branch(relay, &request, &arrival, next);
        }
    }

    /// Does one thing that is due. Whether there was any.
    pub(super) fn expire_search(&mut self) -> bool {
        let Some(Relayed { relay, branch }) = self.searches.expire(self.now) else { return false };
        let choice = relay.borrow_mut().context.overdue(branch);
        let silent = relay.borrow().tried.clone().filter(|_| choice == Choice::Search);
        if let Some(hop) = silent {
            self.guarded(|core| core.common.inline.was_silent(&hop));
        }
        self.choose(&relay, choice);
        true
    }
}

/// How long each of them may be silent where there are others beside the first; a target that is alone has until timer F.
pub(super) fn patience(others: usize) -> Option<Duration> {
    let timer_f = Timer::F.duration(Reliability::Unreliable);
    (others > 0).then(|| search::patience(others + 1, timer_f))
}
