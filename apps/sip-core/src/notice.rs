//! What a server has been told, or is still to be told, of one user: the state of a third-party registration.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::binding::Binding;

/// Before every key of notices.
pub const NOTICES: &str = "sip-core/third-party/";

/// How long a log-off is tried at least, in milliseconds, where the server's own copy has expired already.
const LOG_OFF_LIFE: u64 = 600_000;

/// One user's registration at one server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// The address of record.
    pub address: String,
    /// The configured name of the server.
    pub server: String,
    /// The Call-ID of every third-party REGISTER for this user at this server (RFC 3261 10.2).
    pub call_id: String,
    /// The CSeq of the last that was sent, or of the one that is next.
    pub cseq: u32,
    /// When the user's registration ends, in milliseconds of Unix time; what has not been said by the deadline is pointless.
    pub deadline: u64,
    /// What is still to be said.
    pub pending: Option<Pending>,
}

/// What is still to be said, and over what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// Whether the user is registered.
    pub event: Event,
    /// The user's own REGISTER without its credentials; empty where the registration expired by itself.
    pub register: Bytes,
}

/// Log-on and log-off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Event {
    /// The user has at least one binding.
    LogOn,
    /// The user has none any more.
    LogOff,
}

impl Notice {
    /// Where it is kept.
    #[must_use]
    pub fn key(address: &str, server: &str) -> String {
        format!("{NOTICES}{server}/{address}")
    }

    /// What follows for a server once a user's bindings are `bindings`: a log-on as long as there are any, and one
    /// log-off after the last has gone. None where there is nothing to say.
    #[must_use]
    pub fn after(
        old: Option<Self>,
        (address, server): (&str, &str),
        bindings: &[Binding],
        register: Bytes,
        (now, token): (u64, &str),
    ) -> Option<Self> {
        let until = bindings.iter().map(|binding| binding.expires_at).max();
        let (event, deadline) = match (until, &old) {
            (Some(until), _) => (Event::LogOn, until),
            (None, Some(old)) => (Event::LogOff, old.deadline.max(now + LOG_OFF_LIFE)),
            (None, None) => return None,
        };
        let (call_id, cseq) = match old {
            Some(old) => (old.call_id, old.cseq + 1),
            None => (token.to_owned(), 1),
        };
        let pending = Some(Pending { event, register });
        Some(Self {
            address: address.to_owned(),
            server: server.to_owned(),
            call_id,
            cseq,
            deadline,
            pending,
        })
    }

    /// The record: one line, and the pending REGISTER behind it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let line = Line {
            address: self.address.clone(),
            server: self.server.clone(),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            deadline: self.deadline,
            pending: self.pending.as_ref().map(|pending| pending.event),
        };
        let mut record = serde_json::to_vec(&line).unwrap_or_default();
        record.push(b'\n');
        if let Some(pending) = &self.pending {
            record.extend_from_slice(&pending.register);
        }
        record
    }

    /// Reads a record. None where it is no such record.
    #[must_use]
    pub fn decode(record: &[u8]) -> Option<Self> {
        let end = record.iter().position(|octet| *octet == b'\n')?;
        let line: Line = serde_json::from_slice(record.get(..end)?).ok()?;
        let register = Bytes::copy_from_slice(record.get(end + 1..)?);
        Some(Self {
            address: line.address,
            server: line.server,
            call_id: line.call_id,
            cseq: line.cseq,
            deadline: line.deadline,
            pending: line.pending.map(|event| Pending { event, register }),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    address: String,
    server: String,
    call_id: String,
    cseq: u32,
    deadline: u64,
    pending: Option<Event>,
}

#[cfg(test)]
mod tests;
