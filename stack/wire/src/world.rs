//! The wire itself, and the six things an entity is given when it starts.

use std::{fmt, sync::Arc};

use sip::{Message, Request};

use crate::{Arrival, BoxFuture, Clock, ConnectionId, Hop, Ids, Recorder, Tasks, web::Web};

/// Sends requests of a user agent, each in a client transaction of its own.
pub trait Wire: Send + Sync {
    /// Sends `request` to `hop` and awaits its final response. The driver adds Via; everything else is the caller's.
    fn request(&self, request: Request, hop: Hop) -> BoxFuture<'static, Result<Answer, WireError>>;

    /// Resolves when this connection has ended, from either side, or at once where it already has. Whoever is reached by a
    /// flow alone opens another then (RFC 5626 clause 4.5): the connection is that of the answer to its REGISTER,
    /// [`Arrival::connection`]. A wire without connections, as in tests, never says so.
    fn ended(&self, connection: ConnectionId) -> BoxFuture<'static, ()> {
        let _ = connection;
        Box::pin(std::future::pending())
    }
}

/// A final response and the hop it came back by.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The response, parsed.
    pub response: Message,
    /// Where it came from.
    pub arrival: Arrival,
}

/// Why no final response came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WireError {
    /// Timer F fired (RFC 3261 17.1.2.2); of HTTP, no whole response came in time.
    Timeout,
    /// The hop could not be reached, or proved to be somebody else; the text is for logs, never for the wire.
    Unreachable(String),
    /// Too much is already waiting for this hop.
    Overloaded,
    /// The node is shutting down.
    Closed,
    /// The connection ended, or what came could not be used, after the request had been sent: it may have taken effect.
    /// Said of HTTP only; the text is for logs, never for the wire.
    Interrupted(String),
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no final response in time"),
            Self::Unreachable(why) => write!(f, "unreachable: {why}"),
            Self::Overloaded => f.write_str("too much is waiting for this hop"),
            Self::Closed => f.write_str("the node is shutting down"),
            Self::Interrupted(why) => write!(f, "interrupted: {why}"),
        }
    }
}

impl std::error::Error for WireError {}

/// What an entity is given: its wire, its web, its clock, its identifiers, its tasks and who listens.
#[derive(Clone)]
pub struct World {
    /// How requests leave.
    pub wire: Arc<dyn Wire>,
    /// How HTTP requests leave; [`crate::web::NoWeb`] where none do.
    pub web: Arc<dyn Web>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
    /// Work beside the caller.
    pub tasks: Arc<dyn Tasks>,
    /// Who listens.
    pub recorder: Arc<dyn Recorder>,
}
