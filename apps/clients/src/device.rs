//! A terminal at its SIP core.

mod alive;
mod flow;
mod profile;
mod register;
mod stay;

use std::{fmt, sync::Arc, time::Duration};

use kit::carriage::Protection;
use parking_lot::Mutex;
use wire::{ConnectionId, Hop, WireError, World};

use crate::{Account, challenge::Challenge};

/// How a terminal reaches its SIP core, and is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What ladders, logs and metrics call it.
    pub name: Arc<str>,
    /// Its user.
    pub account: Account,
    /// The SIP core's listener for terminals.
    pub core: Hop,
    /// The contact URI: where this terminal's node listens; without a listener any, since it is reached by its flow.
    pub contact: String,
    /// What makes it this terminal and no other, a URN (RFC 5626 4.1).
    pub instance: Option<String>,
    /// How long a registration is asked to last.
    pub expires: Duration,
    /// What was agreed with the MC service server on the protection of bodies (TS 33.180 5.4); none where they travel as they are.
    pub protection: Option<Arc<Protection>>,
    /// How often the stream that it is registered over is tried (RFC 5626 4.4); none: never. Datagrams have no stream.
    pub keep_alive: Option<Duration>,
}

/// A terminal. A clone is the same terminal.
#[derive(Clone)]
pub struct Device(Arc<Shared>);

struct Shared {
    settings: Settings,
    world: World,
    session: Mutex<Session>,
}

/// What lasts from one REGISTER to the next.
#[derive(Default)]
struct Session {
    call_id: String,
    cseq: u32,
    challenge: Option<Challenge>,
    connection: Option<ConnectionId>,
    is_wanted: bool,
    is_watched: bool,
}

/// A registration that the core granted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registered {
    /// How long it lasts.
    pub expires: Duration,
    /// Every contact that the user has now, this terminal's among them.
    pub contacts: usize,
}

/// Why there is no registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RegisterError {
    /// The core does not take its password.
    Unauthorised,
    /// The core asks for a proof that the terminal does not give (RFC 7616 5.7): what it offers, each as `algorithm of realm`.
    Unanswerable(String),
    /// The core refuses, with this status and reason.
    Refused {
        /// The status code.
        status: u16,
        /// The reason phrase.
        reason: String,
    },
    /// The core could not be reached.
    Unreachable(WireError),
    /// The REGISTER could not be written: the rule that it breaks.
    Settings(&'static str),
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorised => f.write_str("the SIP core does not accept the credentials"),
            Self::Unanswerable(offered) if offered.is_empty() => {
                f.write_str("the SIP core asks for no digest")
            }
            Self::Unanswerable(offered) => write!(
                f,
                "the SIP core takes {offered}, which is not what the terminal gives (`realm` and `algorithms`)"
            ),
            Self::Refused { status, reason } => write!(f, "the SIP core refuses: {status} {reason}"),
            Self::Unreachable(why) => write!(f, "the SIP core: {why}"),
            Self::Settings(rule) => write!(f, "the terminal's settings: {rule}"),
        }
    }
}

impl std::error::Error for RegisterError {}

impl Device {
    /// A terminal that is not registered yet.
    #[must_use]
    pub fn new(settings: Settings, world: World) -> Self {
        let session = Session { call_id: world.ids.token(), ..Session::default() };
        Self(Arc::new(Shared { settings, world, session: Mutex::new(session) }))
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The world as seen from this terminal: what is sent to its core goes over the flow that it is registered over.
    #[must_use]
    pub fn world(&self) -> World {
        World { wire: Arc::new(flow::FlowWire::of(self.clone())), ..self.0.world.clone() }
    }

    fn is_wanted(&self) -> bool {
        self.0.session.lock().is_wanted
    }

    /// The core's listener by the registered flow.
    fn core(&self) -> Hop {
        let connection = self.0.session.lock().connection;
        Hop { connection, ..self.0.settings.core.clone() }
    }
}

#[cfg(test)]
mod tests;
