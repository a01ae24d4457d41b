//! The timers of RFC 3261 clause 17 (its table 4), and the two that RFC 4320 makes necessary.

use std::time::{Duration, Instant};

/// The estimate of a round trip (RFC 3261 17.1.1.1).
pub const T1: Duration = Duration::from_millis(500);

/// The longest interval between two retransmissions of a non-INVITE request (RFC 3261 17.1.2.1).
pub const T2: Duration = Duration::from_secs(4);

/// The longest that a message stays in the network (RFC 3261 17.1.2.2).
pub const T4: Duration = Duration::from_secs(5);

/// 64 * T1: how long a transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(32);

/// Whether the transport below delivers by itself (RFC 3261 17: TCP and TLS do, UDP does not).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reliability {
    /// Nothing is ever sent twice, and no copy can come late: timers J and K are zero, E is never set.
    Reliable,
    /// Datagrams are lost, repeated and late.
    Unreliable,
}

/// What a transaction waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Timer {
    /// Client, unreliable transports: send the request again (RFC 3261 17.1.2.2). Starts at T1 and doubles up to T2.
    E,
    /// Client: give up (RFC 3261 17.1.2.2). 64 * T1.
    F,
    /// Client: no more copies of the final response can come (RFC 3261 17.1.2.2). T4; zero on reliable transports.
    K,
    /// Server: no more copies of the request can come (RFC 3261 17.2.2). 64 * T1; zero on reliable transports.
    J,
    /// Server: 100 Trying is due, and over an unreliable transport is now permitted (RFC 4320 4.1). The time in which
    /// the client's timer E has grown to T2: T1 + 2 * T1 + 4 * T1.
    TryingDue,
    /// Server: the client's timer F has fired, so a final response would meet nobody and none is sent; a 408 least of
    /// all (RFC 4320 4.2). 64 * T1 after the request.
    Lapse,
}

impl Timer {
    /// How long after its start the timer fires; for [`Timer::E`] the first time.
    #[must_use]
    pub fn duration(self, reliability: Reliability) -> Duration {
        match (self, reliability) {
            (Self::J | Self::K, Reliability::Reliable) => Duration::ZERO,
            (Self::E, _) => T1,
            (Self::TryingDue, _) => Duration::from_millis(3500),
            (Self::K, _) => T4,
            (Self::F | Self::J | Self::Lapse, _) => PATIENCE,
        }
    }
}

/// A timer that is running.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Running {
    /// Which.
    pub timer: Timer,
    /// When it fires.
    pub at: Instant,
}

impl Running {
    /// Starts a timer.
    #[must_use]
    pub fn start(now: Instant, timer: Timer, reliability: Reliability) -> Self {
        Self { timer, at: now + timer.duration(reliability) }
    }
}
