//! A publication at whoever publishes.
//! RFC 3903 clause 4.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// Where nothing says how long to wait before another attempt.
const PAUSE: Duration = Duration::from_secs(30);

/// What can happen to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// What is published has changed.
    Changed,
    /// 2xx, with this SIP-ETag and lifetime.
    Accepted(String, Duration),
    /// 423: so long at least.
    TooBrief(Duration),
    /// Another status, and Retry-After where there was one; no status where no answer came.
    Refused(Option<u16>, Option<Duration>),
    /// The time that [`Publication::timeout`] named has come.
    Fired,
    /// Whoever publishes takes it back.
    Remove,
}

/// What is to be done about it: a PUBLISH, with or without a body, with or without the entity tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Nothing now.
    Nothing,
    /// With the body, and SIP-If-Match where there is a tag.
    Publish {
        /// SIP-If-Match.
        tag: Option<String>,
        /// Expires.
        expires: Duration,
    },
    /// Without a body.
    Refresh {
        /// SIP-If-Match.
        tag: String,
        /// Expires.
        expires: Duration,
    },
    /// Without a body, for no time.
    Remove {
        /// SIP-If-Match.
        tag: String,
    },
    /// It will not be taken, or has been taken back.
    GiveUp,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum State {
    Idle,
    /// One PUBLISH at a time (clause 4.1).
    InFlight {
        changed: bool,
        leaving: bool,
    },
    /// It is being taken back: whatever is answered, it is over (clause 4.5).
    Leaving,
    Over,
}

/// One publication.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Publication {
    state: State,
    tag: Option<String>,
    wanted: Duration,
    due: Option<SystemTime>,
}

impl Publication {
    /// The first PUBLISH.
    #[must_use]
    pub fn new(wanted: Duration) -> (Self, Action) {
        let state = State::InFlight { changed: false, leaving: false };
        (Self { state, tag: None, wanted, due: None }, Action::Publish { tag: None, expires: wanted })
    }

    /// Clause 4, one arm per rule.
    pub fn handle(&mut self, now: SystemTime, input: Input) -> Action {
        use {Input::*, State::*};
        match (self.state, input) {
            (Over, _) => Action::Nothing,
            (Leaving, Accepted(..) | TooBrief(_) | Refused(..)) => self.end(),
            (Leaving, Changed | Fired | Remove) => Action::Nothing,

            (Idle, Changed) => self.publish(),
            (Idle, Fired) if self.due.is_none_or(|due| now < due) => Action::Nothing,
            (Idle, Fired) => self.refresh(),
            (Idle, Remove) => self.remove(),
            (InFlight { leaving, .. }, Changed) => self.wait(true, leaving),
            (InFlight { changed, .. }, Remove) => self.wait(changed, true),
            (InFlight { .. }, Fired) => Action::Nothing,

            (InFlight { changed, leaving }, Accepted(tag, lifetime)) => {
                (self.tag, self.state) = (Some(tag), Idle);
                self.due = now.checked_add(lifetime - lifetime / 5);
                self.next(changed, leaving, lifetime)
            }
            // Whoever asks for no more than was offered would be asked for ever.
            (InFlight { .. }, TooBrief(least)) if least <= self.wanted => self.end(),
            (InFlight { .. }, TooBrief(least)) => {
                self.wanted = least;
                self.publish()
            }
            // Clause 4.1: the compositor has forgotten, so that it begins anew.
            (InFlight { leaving: false, .. }, Refused(Some(412), _)) => {
                self.tag = None;
                self.publish()
            }
            (InFlight { leaving: true, .. }, Refused(..)) => self.end(),
            (InFlight { .. }, Refused(Some(408 | 480 | 500..=599) | None, wait)) => {
                self.state = Idle;
                self.tag = None;
                self.due = now.checked_add(wait.unwrap_or(PAUSE));
                Action::Nothing
            }
            (InFlight { .. }, Refused(..)) => self.end(),
            (Idle, Accepted(..) | TooBrief(_) | Refused(..)) => Action::Nothing,
        }
    }

    /// When [`Input::Fired`] is due.
    #[must_use]
    pub fn timeout(&self) -> Option<SystemTime> {
        if self.state == State::Idle { self.due } else { None }
    }

    fn next(&mut self, changed: bool, leaving: bool, lifetime: Duration) -> Action {
        match (changed, leaving) {
            (_, true) if lifetime.is_zero() => self.end(),
            (_, true) => self.remove(),
            (true, false) => self.publish(),
            (false, false) => Action::Nothing,
        }
    }

    fn wait(&mut self, changed: bool, leaving: bool) -> Action {
        self.state = State::InFlight { changed, leaving };
        Action::Nothing
    }

    fn publish(&mut self) -> Action {
        self.state = State::InFlight { changed: false, leaving: false };
        Action::Publish { tag: self.tag.clone(), expires: self.wanted }
    }

    fn refresh(&mut self) -> Action {
        match self.tag.clone() {
            None => self.publish(),
            Some(tag) => {
                self.state = State::InFlight { changed: false, leaving: false };
                Action::Refresh { tag, expires: self.wanted }
            }
        }
    }

    fn remove(&mut self) -> Action {
        match self.tag.take() {
            None => self.end(),
            Some(tag) => {
                self.state = State::Leaving;
                Action::Remove { tag }
            }
        }
    }

    fn end(&mut self) -> Action {
        self.state = State::Over;
        Action::GiveUp
    }
}

#[cfg(test)]
mod tests;
