//! A subscription at its subscriber.
//! RFC 6665 clause 4.1 and figure 1.
//!
//! Whoever holds the machine sends what [`Action::Subscribe`] asks for and feeds back its responses and the NOTIFYs of the
//! dialog. Only NOTIFYs say what state the subscription is in; the response to a SUBSCRIBE says only that it was heard.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::Reason;

/// Timer N: 64 * T1, within which the first NOTIFY must have come (4.1.2.4).
pub const TIMER_N: Duration = Duration::from_secs(32);

/// How long before its end a subscription is refreshed, at most: half of what is left where that is less.
const MARGIN: Duration = Duration::from_secs(600);

/// Where nothing says how long to wait: what RFC 6665 leaves to the implementation.
const PAUSE: Duration = Duration::from_secs(30);

/// The shortest, whatever the notifier asks for: one that says "again, at once" would be asked without end.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// A subscription that is over within so long of its beginning has failed, whatever reason it is given: only one that lasted longer
/// is begun anew at once.
const BRIEF: Duration = Duration::from_secs(10);

/// The longest, whatever the notifier asks for: one that says "in a century" would be rid of us for good.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The longest pause between attempts that failed one after the other.
const LONGEST_PAUSE: Duration = Duration::from_secs(900);

/// The states of figure 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum State {
    /// A SUBSCRIBE is under way, and no NOTIFY has come.
    NotifyWait,
    /// The notifier has not decided.
    Pending,
    /// Changes come.
    Active,
    /// Given up for a while; a new subscription is due at the timeout.
    Waiting,
    /// Over, for good.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// The SUBSCRIBE was answered 2xx, with this lifetime.
    Accepted(Duration),
    /// It was answered 423: so long at least.
    TooBrief(Duration),
    /// It was answered with this status, and Retry-After where there was one; no status where no answer came.
    Refused(Option<u16>, Option<Duration>),
    /// A NOTIFY of the dialog said pending or active, with the lifetime that is left where it says so.
    Notified {
        /// Active, not pending.
        active: bool,
        /// The lifetime that is left.
        expires: Option<Duration>,
    },
    /// A NOTIFY said terminated.
    Ended(Option<Reason>, Option<Duration>),
    /// The time that [`Subscription::timeout`] named has come.
    Fired,
    /// Whoever subscribed has had enough.
    Unsubscribe,
}

/// What is to be done about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Nothing now.
    Nothing,
    /// Send a SUBSCRIBE with this Expires: within the dialog, or outside any where a new subscription begins.
    Subscribe {
        /// Outside any dialog: a new subscription.
        fresh: bool,
        /// Expires.
        expires: Duration,
    },
    /// It is over and no new one is due: tell whoever subscribed.
    GiveUp,
}

/// One subscription.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subscription {
    state: State,
    wanted: Duration,
    /// A 423 has raised it, and nothing was granted since.
    is_raised: bool,
    /// When its first SUBSCRIBE was due.
    begun: SystemTime,
    /// The end of the lifetime.
    expires: SystemTime,
    /// When the next thing is due: timer N, a refresh, a new attempt.
    due: SystemTime,
    /// Attempts in a row that failed.
    failures: u32,
    leaving: bool,
}

impl Subscription {
    /// A subscription that wants to last this long; [`Action::Subscribe`] is what its maker does first.
    #[must_use]
    pub fn new(now: SystemTime, wanted: Duration) -> (Self, Action) {
        let expires = later(now, wanted);
        let due = later(now, TIMER_N);
        let new = Self {
            state: State::NotifyWait,
            wanted,
            is_raised: false,
            begun: now,
            expires,
            due,
            failures: 0,
            leaving: false,
        };
        (new, Action::Subscribe { fresh: true, expires: wanted })
    }

    /// Figure 1, one arm per arrow.
    pub fn handle(&mut self, now: SystemTime, input: Input) -> Action {
        use {Input::*, State::*};
        match (self.state, input) {
            (Terminated, _) => Action::Nothing,

            (_, Unsubscribe) => self.leave(now),
            (_, Fired) if now < self.due => Action::Nothing,
            // Timer N, or the end came before a refresh did: a new one.
            (NotifyWait, Fired) => self.fail(now, None),
            (Waiting, Fired) => self.begin(now),
            (Pending | Active, Fired) => self.refresh(now),

            (Waiting, _) => Action::Nothing,

            (NotifyWait, Accepted(granted)) => {
                (self.is_raised, self.expires) = (false, later(now, granted));
                Action::Nothing
            }
            (Pending | Active, Accepted(granted)) => {
                self.is_raised = false;
                self.lasts(now, granted)
            }
            // Whoever asks for no more than was offered, or for more each time, would be asked for ever.
            (_, TooBrief(least)) if self.is_raised || least <= self.wanted => {
                self.refused(now, Some(423), None)
            }
            (_, TooBrief(least)) => {
                (self.is_raised, self.wanted) = (true, least);
                let fresh = self.state == NotifyWait;
                self.due = later(now, TIMER_N);
                Action::Subscribe { fresh, expires: self.wanted }
            }
            // RFC 6665 4.1.2.2: on 481 the subscription is gone, on others it lives until it expires (RFC 5057).
            (Pending | Active, Refused(Some(481), _)) if !self.leaving => self.begin_anew(now),
            (Pending | Active, Refused(..)) if self.leaving => self.end(),
            (Pending | Active, Refused(_, wait)) => self.try_again(now, wait),
            (NotifyWait, Refused(status, wait)) => self.refused(now, status, wait),

            (NotifyWait | Pending | Active, Notified { active, expires }) => {
                self.state = if active { Active } else { Pending };
                self.failures = 0;
                let left = expires.unwrap_or_else(|| self.expires.duration_since(now).unwrap_or_default());
                self.lasts(now, left)
            }
            (NotifyWait | Pending | Active, Ended(reason, wait)) => self.ended(now, reason, wait),
        }
    }

    /// When [`Input::Fired`] is due.
    #[must_use]
    pub fn timeout(&self) -> Option<SystemTime> {
        (self.state != State::Terminated).then_some(self.due)
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// RFC 6665 4.1.2.3: a SUBSCRIBE of no time; the last NOTIFY, or timer N, ends it.
    fn leave(&mut self, now: SystemTime) -> Action {
        if self.state == State::Waiting {
            return self.end();
        }
        self.leaving = true;
        self.due = later(now, TIMER_N);
        Action::Subscribe { fresh: false, expires: Duration::ZERO }
    }

    /// In place of one that is over: at once, unless that was over as soon as it began.
    fn begin_anew(&mut self, now: SystemTime) -> Action {
        if now < later(self.begun, BRIEF) { self.fail(now, None) } else { self.begin(now) }
    }

    fn begin(&mut self, now: SystemTime) -> Action {
        (self.state, self.begun, self.due) = (State::NotifyWait, now, later(now, TIMER_N));
        (self.is_raised, self.expires) = (false, later(now, self.wanted));
        Action::Subscribe { fresh: true, expires: self.wanted }
    }

    fn refresh(&mut self, now: SystemTime) -> Action {
        if self.leaving {
            return self.end();
        }
        if now >= self.expires {
            return self.begin_anew(now);
        }
        self.due = later(now, TIMER_N).min(self.expires);
        Action::Subscribe { fresh: false, expires: self.wanted }
    }

    fn lasts(&mut self, now: SystemTime, left: Duration) -> Action {
        if !self.leaving {
            self.expires = later(now, left);
            self.due = later(now, (left - MARGIN.min(left / 2)).max(LEAST_PAUSE));
        }
        Action::Nothing
    }

    fn ended(&mut self, now: SystemTime, reason: Option<Reason>, wait: Option<Duration>) -> Action {
        match reason {
            _ if self.leaving => self.end(),
            Some(Reason::Deactivated | Reason::Timeout) => self.begin_anew(now),
            Some(Reason::Rejected | Reason::NoResource | Reason::Invariant) => self.end(),
            Some(Reason::Probation | Reason::GiveUp) | None => self.fail(now, wait),
        }
    }

    fn refused(&mut self, now: SystemTime, status: Option<u16>, wait: Option<Duration>) -> Action {
        match status {
            _ if self.leaving => self.end(),
            // What the notifier's system says of itself may pass; what it says of the request will not.
            Some(408 | 480 | 500..=599) | None => self.fail(now, wait),
            Some(_) => match wait {
                Some(wait) => self.fail(now, Some(wait)),
                None => self.end(),
            },
        }
    }

    fn try_again(&mut self, now: SystemTime, wait: Option<Duration>) -> Action {
        self.due = later(now, wait.unwrap_or(PAUSE).max(LEAST_PAUSE)).min(self.expires);
        Action::Nothing
    }

    fn fail(&mut self, now: SystemTime, wait: Option<Duration>) -> Action {
        if self.leaving {
            return self.end();
        }
        let doubled = |pause: Duration| pause.saturating_mul(1 << self.failures.min(5)).min(LONGEST_PAUSE);
        let pause = wait.map_or(doubled(PAUSE), |wait| wait.max(doubled(LEAST_PAUSE)).min(LONGEST_WAIT));
        self.failures = self.failures.saturating_add(1);
        (self.state, self.due) = (State::Waiting, later(now, pause));
        Action::Nothing
    }

    fn end(&mut self) -> Action {
        self.state = State::Terminated;
        Action::GiveUp
    }
}

fn later(now: SystemTime, by: Duration) -> SystemTime {
    now.checked_add(by).unwrap_or(now)
}

#[cfg(test)]
mod tests;
