//! A subscription at its notifier.
//! RFC 6665 clause 4.2 and figure 3, with one NOTIFY in flight (RFC 5875 clause 4.5, RFC 6665 4.2.2).
//!
//! Whoever holds the machine sends what [`Action::Notify`] asks for, with a body that is made at that moment, and feeds
//! back how it went. A change that comes while a NOTIFY is under way is remembered, and many such are one. A change that an
//! earlier NOTIFY has told already, as when two follow each other closely, is told no second time.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::Reason;

/// How often the last NOTIFY, which says that the subscription is over, is tried again where it could not be brought to the subscriber.
const LAST_TRIES: u8 = 4;

/// No longer is it put off each time, whatever the subscriber asks for, or has asked for while the subscription lasted.
const LAST_WAIT: Duration = Duration::from_secs(60);

/// No shorter is any NOTIFY put off, whatever the subscriber asks for: one that says "again, at once" would be told without end.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// RFC 6665 4.2.1.1 lets the notifier shorten what was asked for, never lengthen it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lifetimes {
    /// Where the request says nothing.
    pub default: Duration,
    /// The longest granted.
    pub longest: Duration,
    /// The shortest that is granted; less is answered 423. Zero, which ends a subscription, is always granted.
    pub shortest: Duration,
}

impl Lifetimes {
    /// What is granted.
    ///
    /// # Errors
    /// The shortest lifetime, for Min-Expires, where less is asked for.
    pub fn grant(&self, asked: Option<Duration>) -> Result<Duration, Duration> {
        match asked {
            None => Ok(self.default),
            Some(Duration::ZERO) => Ok(Duration::ZERO),
            Some(asked) if asked < self.shortest => Err(self.shortest),
            Some(asked) => Ok(asked.min(self.longest)),
        }
    }
}

/// The states of figure 3.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum State {
    /// Permission has not been decided yet.
    Pending,
    /// Changes are notified.
    Active,
    /// Over: the last NOTIFY says why. The machine can be dropped once that is answered.
    Terminated(Reason),
}

/// What can happen to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// A SUBSCRIBE within the dialog was granted this lifetime; zero ends the subscription.
    Refreshed(Duration),
    /// The pending subscription is permitted.
    Permitted,
    /// What is watched has changed.
    Changed,
    /// The notifier ends it.
    Ended(Reason),
    /// The NOTIFY was answered with this status, or with none before its transaction ended (RFC 6665 4.2.2).
    Answered(Option<u16>),
    /// The same, with the seconds of Retry-After.
    Deferred(Duration),
    /// The subscriber knows all that [`Action::NotifyNews`] could tell: nothing was sent.
    NothingNew,
    /// The time that [`Subscription::timeout`] named has come.
    Fired,
}

/// What is to be done about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Nothing now.
    Nothing,
    /// Send a NOTIFY within the dialog, with [`Subscription::header`] as its Subscription-State.
    Notify,
    /// The same, where there is anything that the subscriber does not know; else [`Input::NothingNew`] is fed back.
    NotifyNews,
    /// Forget it: nothing more will be sent.
    Remove,
}

/// One subscription.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subscription {
    state: State,
    expires: SystemTime,
    /// A NOTIFY is under way.
    #[serde(skip)]
    in_flight: bool,
    /// Something has happened that no NOTIFY has told yet. Whoever reads it from a store owes everything, whatever was told before.
    #[serde(skip, default = "yes")]
    due: bool,
    /// Nothing but changes has happened since: without news of them no NOTIFY is owed.
    #[serde(skip)]
    only_changes: bool,
    /// Not before this time, as the subscriber asked by Retry-After.
    #[serde(skip)]
    not_before: Option<SystemTime>,
    /// How often the last NOTIFY has been put off.
    #[serde(skip)]
    last_tries: u8,
}

impl Subscription {
    /// A SUBSCRIBE was accepted. Its first NOTIFY follows at once (4.2.1.2), which [`Subscription::begin`] asks for.
    #[must_use]
    pub fn new(now: SystemTime, state: State, granted: Duration) -> Self {
        let state = if granted.is_zero() { State::Terminated(Reason::Timeout) } else { state };
        let expires = later(now, granted);
        Self {
            state,
            expires,
            in_flight: false,
            due: true,
            only_changes: false,
            not_before: None,
            last_tries: 0,
        }
    }

    /// What is due is sent: after the SUBSCRIBE has been answered. Of one that was read from a store that is the whole state, or
    /// the end.
    #[must_use]
    pub fn begin(&mut self) -> Action {
        self.flush()
    }

    /// Figure 3, one arm per arrow.
    pub fn handle(&mut self, now: SystemTime, input: Input) -> Action {
        use {Input::*, State::*};
        match (self.state, input) {
            // An earlier NOTIFY was still under way when it ended: the last one follows.
            (Terminated(_), Answered(Some(200..=299)) | NothingNew) if self.due => self.landed(),
            (Terminated(_), Deferred(wait)) if self.last_tries < LAST_TRIES => {
                self.last_tries += 1;
                self.put_off(later(now, wait.clamp(LEAST_WAIT, LAST_WAIT)))
            }
            (Terminated(_), Answered(_) | Deferred(_) | NothingNew) => Action::Remove,
            (Terminated(_), Refreshed(_) | Permitted | Changed | Ended(_)) => Action::Nothing,

            (Pending | Active, Refreshed(Duration::ZERO)) => self.terminate(now, Reason::Timeout),
            (Pending | Active, Refreshed(granted)) => {
                self.expires = later(now, granted);
                self.tell()
            }
            (Pending, Permitted) => {
                self.state = Active;
                self.tell()
            }
            (Active, Permitted) => Action::Nothing,
            (Active, Changed) => self.tell_changes(),
            // RFC 6665 4.2.2: what is pending tells nothing but that.
            (Pending, Changed) => Action::Nothing,
            (Pending | Active, Ended(reason)) => self.terminate(now, reason),

            (Pending | Active, Answered(Some(200..=299)) | NothingNew) => self.landed(),
            (Pending | Active, Answered(_)) => Action::Remove,
            // A peer that asks for more is not waited for: its place is free again in time.
            (Pending | Active, Deferred(wait)) => {
                self.put_off(later(now, wait.max(LEAST_WAIT)).min(self.expires))
            }
            (Pending | Active, Fired) if now >= self.expires => self.terminate(now, Reason::Timeout),
            (_, Fired) => self.resume(now),
        }
    }

    /// When [`Input::Fired`] is due: the end of the lifetime, or of a wait that the subscriber asked for.
    #[must_use]
    pub fn timeout(&self) -> Option<SystemTime> {
        match (self.state, self.not_before) {
            (State::Terminated(_), wait) => wait,
            (_, Some(wait)) => Some(wait.min(self.expires)),
            (_, None) => Some(self.expires),
        }
    }

    /// The value of Subscription-State (RFC 6665 4.1.3).
    #[must_use]
    pub fn header(&self, now: SystemTime) -> String {
        match self.state {
            State::Pending => format!("pending;expires={}", self.left(now)),
            State::Active => format!("active;expires={}", self.left(now)),
            State::Terminated(reason) => format!("terminated;reason={reason}"),
        }
    }

    /// Seconds that are left.
    #[must_use]
    pub fn left(&self, now: SystemTime) -> u64 {
        self.expires.duration_since(now).unwrap_or_default().as_secs()
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// When it ends unless it is refreshed.
    #[must_use]
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    fn tell(&mut self) -> Action {
        (self.due, self.only_changes) = (true, false);
        self.flush()
    }

    fn tell_changes(&mut self) -> Action {
        // What else is due is owed in any case.
        self.only_changes |= !self.due;
        self.due = true;
        self.flush()
    }

    fn terminate(&mut self, now: SystemTime, reason: Reason) -> Action {
        self.state = State::Terminated(reason);
        self.not_before = self.not_before.map(|wait| wait.min(later(now, LAST_WAIT)));
        self.tell()
    }

    /// What was not brought to the subscriber is due again from then on.
    fn put_off(&mut self, until: SystemTime) -> Action {
        (self.in_flight, self.due, self.only_changes) = (false, true, false);
        self.not_before = Some(until);
        Action::Nothing
    }

    fn landed(&mut self) -> Action {
        self.in_flight = false;
        self.flush()
    }

    fn resume(&mut self, now: SystemTime) -> Action {
        if self.not_before.is_some_and(|wait| wait <= now) {
            self.not_before = None;
        }
        self.flush()
    }

    fn flush(&mut self) -> Action {
        if !self.due || self.in_flight || self.not_before.is_some() {
            return Action::Nothing;
        }
        let only_changes = std::mem::take(&mut self.only_changes);
        (self.due, self.in_flight) = (false, true);
        if only_changes { Action::NotifyNews } else { Action::Notify }
    }
}

fn yes() -> bool {
    true
}

fn later(now: SystemTime, by: Duration) -> SystemTime {
    // Beyond the calendar there is no later.
    now.checked_add(by).unwrap_or(now)
}

#[cfg(test)]
mod tests;
