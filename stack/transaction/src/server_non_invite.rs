//! The non-INVITE server transaction.
//! RFC 3261 clause 17.2.2 and figure 8 · RFC 4320 clauses 4.1 and 4.2
//!
//! Whoever makes the machine has passed the request up once, then feeds it every copy of the request (17.2.3), every
//! response of the transaction user, every failure of the transport, and the timer that
//! [`ServerNonInvite::timeout`] names once its time has come.
//!
//! RFC 4320 in short: 100 is the only provisional response, it is sent late and then always, and whoever has no final
//! response before the client gives up stays silent instead of sending a 408 that loses the race anyway.

use std::time::Instant;

use bytes::Bytes;

use crate::timer::{Reliability, Running, T4, Timer};

/// The states of figure 8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// The request has been passed up and nothing has been answered.
    Trying,
    /// 100 has been sent.
    Proceeding,
    /// The final response has been sent (or there will be none, RFC 4320 4.2); copies of the request are answered
    /// with its copy.
    Completed,
    /// Over. The machine can be dropped.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A copy of the request arrived.
    Request,
    /// The transaction user answers with this status code, printed like this.
    Respond(u16, Bytes),
    /// This timer fired.
    Fired(Timer),
    /// The transport could not deliver a response.
    TransportError,
}

/// What is to be done about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Nothing: absorbed or refused.
    Nothing,
    /// Send this response.
    Transmit(Bytes),
    /// Print a 100 Trying and put it in as [`Input::Respond`]: it is due (RFC 4320 4.1).
    SayTrying,
    /// Tell the transaction user that a response would now come too late; none will be sent (RFC 4320 4.2).
    Lapsed,
    /// Tell the transaction user that the transport failed.
    Failed,
}

/// One request being answered, until its last copy can have arrived.
#[derive(Debug)]
pub struct ServerNonInvite {
    state: State,
    reliability: Reliability,
    /// The last response, in exactly its own size, since it is what 32 seconds of finished transactions weigh.
    response: Box<[u8]>,
    /// One at a time: TryingDue, then Lapse; J after the final response.
    timer: Running,
}

impl ServerNonInvite {
    /// The request has arrived and is being passed up.
    #[must_use]
    pub fn new(now: Instant, reliability: Reliability) -> Self {
        let timer = Running::start(now, Timer::TryingDue, reliability);
        Self { state: State::Trying, reliability, response: Box::default(), timer }
    }

    /// Figure 8, one arm per arrow, and the two timers of RFC 4320.
    pub fn handle(&mut self, now: Instant, input: Input) -> Action {
        use {Input::*, State::*};
        match (self.state, input) {
            (Trying | Proceeding, Respond(100, response)) if self.may_say_trying(now) => {
                self.provisional(response)
            }
            (Trying | Proceeding, Respond(200..=699, response)) => self.complete(now, response),

            (Proceeding | Completed, Request) => self.repeat(),
            // Nothing has been answered yet that could be repeated.
            (Trying, Request) => Action::Nothing,

            (Trying, Fired(Timer::TryingDue)) => self.await_lapse(Action::SayTrying),
            (Proceeding, Fired(Timer::TryingDue)) => self.await_lapse(Action::Nothing),
            (Trying | Proceeding, Fired(Timer::Lapse)) => self.lapse(now),
            (Completed, Fired(Timer::J)) => self.terminate(Action::Nothing),

            (Trying | Proceeding | Completed, TransportError) => self.terminate(Action::Failed),

            // A second final response, a provisional one that RFC 4320 forbids, a timer that is not running here, and
            // whatever comes after the end.
            (_, Respond(..) | Fired(_)) | (Terminated, _) => Action::Nothing,
        }
    }

    /// The transaction user will not answer, and wants nothing kept.
    pub fn abandon(&mut self) {
        self.terminate(Action::Nothing);
    }

    /// The timer that fires next; none once the transaction is over.
    #[must_use]
    pub fn timeout(&self) -> Option<Running> {
        (self.state != State::Terminated).then_some(self.timer)
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// How many bytes of responses are being kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.response.len()
    }

    /// RFC 4320 4.1: at any time over a reliable transport, over an unreliable one not before it is due.
    fn may_say_trying(&self, now: Instant) -> bool {
        self.reliability == Reliability::Reliable || self.timer.timer == Timer::Lapse || now >= self.timer.at
    }

    fn provisional(&mut self, response: Bytes) -> Action {
        self.state = State::Proceeding;
        self.response = Box::from(&response[..]);
        Action::Transmit(response)
    }

    /// Timer J is zero where no copy can come late, so that Completed is left as soon as it is reached.
    fn complete(&mut self, now: Instant, response: Bytes) -> Action {
        self.timer = Running::start(now, Timer::J, self.reliability);
        (self.state, self.response) = match self.reliability {
            Reliability::Reliable => (State::Terminated, Box::default()),
            Reliability::Unreliable => (State::Completed, Box::from(&response[..])),
        };
        Action::Transmit(response)
    }

    fn repeat(&self) -> Action {
        if self.response.is_empty() {
            return Action::Nothing;
        }
        Action::Transmit(Bytes::copy_from_slice(&self.response))
    }

    /// Both timers count from the arrival of the request.
    fn await_lapse(&mut self, action: Action) -> Action {
        let rest = Timer::Lapse.duration(self.reliability) - Timer::TryingDue.duration(self.reliability);
        self.timer = Running { timer: Timer::Lapse, at: self.timer.at + rest };
        action
    }

    /// A copy that the client sent just before it gave up is no new request: it is absorbed for as long as it can be
    /// under way.
    fn lapse(&mut self, now: Instant) -> Action {
        (self.state, self.response) = match self.reliability {
            Reliability::Reliable => (State::Terminated, Box::default()),
            Reliability::Unreliable => (State::Completed, Box::default()),
        };
        self.timer = Running { timer: Timer::J, at: now + T4 };
        Action::Lapsed
    }

    fn terminate(&mut self, last: Action) -> Action {
        self.state = State::Terminated;
        self.response = Box::default();
        last
    }
}

#[cfg(test)]
mod tests;
