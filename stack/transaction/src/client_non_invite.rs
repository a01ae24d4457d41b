//! The non-INVITE client transaction.
//! RFC 3261 clause 17.1.2 and figure 6 · RFC 4320
//!
//! Whoever makes the machine sends the request once, then feeds it every response that matches (17.1.3), every failure
//! of the transport, and the timer that [`ClientNonInvite::timeout`] names once its time has come. What the machine
//! wants done is the answer to each.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::timer::{Reliability, Running, T2, Timer};

/// The states of figure 6.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// The request has been sent and nothing has come back.
    Trying,
    /// A provisional response has come.
    Proceeding,
    /// A final response has come and been passed up; copies of it are absorbed.
    Completed,
    /// Over. The machine can be dropped.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// A response with this status code matched.
    Response(u16),
    /// This timer fired.
    Fired(Timer),
    /// The transport could not deliver the request, or lost the stream on which the response was to come.
    TransportError,
}

/// What is to be done about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Nothing: absorbed.
    Nothing,
    /// Send the request again, the very same bytes.
    Transmit(Bytes),
    /// Pass the response up.
    Deliver,
    /// Tell the transaction user that no response came before timer F.
    TimedOut,
    /// Tell the transaction user that the transport failed.
    Failed,
}

/// One request on its way, until its last response can no longer be repeated.
#[derive(Debug)]
pub struct ClientNonInvite {
    state: State,
    reliability: Reliability,
    /// The request as it was sent; empty where it will not be sent again.
    request: Bytes,
    /// When timer E fires, and what it was last set to.
    resend: Option<(Instant, Duration)>,
    /// Timer F, and after the final response timer K.
    end: Running,
}

impl ClientNonInvite {
    /// The request is being handed to the transport for the first time.
    #[must_use]
    pub fn new(now: Instant, request: Bytes, reliability: Reliability) -> Self {
        let e = Timer::E.duration(reliability);
        let (request, resend) = match reliability {
            Reliability::Reliable => (Bytes::new(), None),
            Reliability::Unreliable => (request, Some((now + e, e))),
        };
        let end = Running::start(now, Timer::F, reliability);
        Self { state: State::Trying, reliability, request, resend, end }
    }

    /// Figure 6, one arm per arrow.
    pub fn handle(&mut self, now: Instant, input: Input) -> Action {
        use {
            Input::*,
            State::*,
            Timer::{E, F, K},
        };
        match (self.state, input) {
            (Trying, Fired(E)) => self.retransmit(now, |last| T2.min(last * 2)),
            (Proceeding, Fired(E)) => self.retransmit(now, |_| T2),

            (Trying, Response(100..=199)) => self.pass_up(Proceeding),
            (Proceeding, Response(100..=199)) => self.pass_up(Proceeding),
            (Trying | Proceeding, Response(200..=699)) => self.complete(now),

            (Trying | Proceeding, Fired(F)) => self.terminate(Action::TimedOut),
            (Trying | Proceeding, TransportError) => self.terminate(Action::Failed),
            (Completed, Fired(K)) => self.terminate(Action::Nothing),

            // The response has been passed up: neither a copy of it nor a failure of the transport is news.
            (Completed, Response(_) | TransportError) => Action::Nothing,
            // Timers that are not running here, status codes that do not exist, and whatever comes after the end.
            (_, Fired(_) | Response(_)) | (Terminated, _) => Action::Nothing,
        }
    }

    /// The timer that fires next; none once the transaction is over.
    #[must_use]
    pub fn timeout(&self) -> Option<Running> {
        match (self.state, self.resend) {
            (State::Terminated, _) => None,
            (_, Some((at, _))) if at < self.end.at => Some(Running { timer: Timer::E, at }),
            _ => Some(self.end),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// How many bytes of the request are being kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.request.len()
    }

    fn retransmit(&mut self, now: Instant, next: impl Fn(Duration) -> Duration) -> Action {
        let Some((_, last)) = self.resend else { return Action::Nothing };
        let interval = next(last);
        self.resend = Some((now + interval, interval));
        Action::Transmit(self.request.clone())
    }

    fn pass_up(&mut self, next: State) -> Action {
        self.state = next;
        Action::Deliver
    }

    /// Timer K is zero where no copy can come late, so that Completed is left as soon as it is reached.
    fn complete(&mut self, now: Instant) -> Action {
        let next = match self.reliability {
            Reliability::Reliable => State::Terminated,
            Reliability::Unreliable => State::Completed,
        };
        self.forget();
        self.end = Running::start(now, Timer::K, self.reliability);
        self.pass_up(next)
    }

    fn terminate(&mut self, last: Action) -> Action {
        self.forget();
        self.state = State::Terminated;
        last
    }

    fn forget(&mut self) {
        self.request = Bytes::new();
        self.resend = None;
    }
}

#[cfg(test)]
mod tests;
