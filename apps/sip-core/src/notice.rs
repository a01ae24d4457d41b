//! What a server has been told, or is still to be told, of one user: the state of a third-party registration.
//!
//! Of each of the user's devices that has registered since the server was last heard, the last REGISTER is still to be told: what one
//! says of itself no other does.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::binding::Binding;

/// Before every key of notices.
pub const NOTICES: &str = "sip-core/third-party/";

/// How long a log-off is tried at least, in milliseconds, where the server's own copy has expired already.
const LOG_OFF_LIFE: u64 = 600_000;

/// Of so many devices something may be pending, and so many octets in all, unless the last alone has more: the oldest go first.
const DEVICES: usize = 16;
const OCTETS: usize = 64 * 1024;

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
    /// What is still to be said, in this order: one log-off, or a log-on of each of several devices.
    pub pending: Vec<Pending>,
}

/// What is still to be said, and over what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// Whether the user is registered.
    pub event: Event,
    /// Which device has registered: what is said of it later takes the place of this.
    pub device: String,
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
        (device, register): (&str, Bytes),
        (now, token): (u64, &str),
    ) -> Option<Self> {
        let until = bindings.iter().map(|binding| binding.expires_at).max();
        let (event, deadline) = match (until, &old) {
            (Some(until), _) => (Event::LogOn, until),
            (None, Some(old)) => (Event::LogOff, old.deadline.max(now + LOG_OFF_LIFE)),
            (None, None) => return None,
        };
        let (call_id, cseq, mut pending) = match old {
            Some(old) => (old.call_id, old.cseq + 1, old.pending),
            None => (token.to_owned(), 1, Vec::new()),
        };
        pending.retain(|it| (it.event, event) == (Event::LogOn, Event::LogOn) && it.device != device);
        pending.push(Pending { event, device: device.to_owned(), register });
        make_room(&mut pending);
        Some(Self {
            address: address.to_owned(),
            server: server.to_owned(),
            call_id,
            cseq,
            deadline,
            pending,
        })
    }

    /// The record: one line, and the pending REGISTERs behind it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let line = Line {
            address: self.address.clone(),
            server: self.server.clone(),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            deadline: self.deadline,
            pending: self.pending.first().map(|pending| pending.event),
            parts: self.pending.iter().map(|it| (it.device.clone(), it.register.len())).collect(),
        };
        let mut record = serde_json::to_vec(&line).unwrap_or_default();
        record.push(b'\n');
        for pending in &self.pending {
            record.extend_from_slice(&pending.register);
        }
        record
    }

    /// Reads a record. None where it is no such record.
    #[must_use]
    pub fn decode(record: &[u8]) -> Option<Self> {
        let end = record.iter().position(|octet| *octet == b'\n')?;
        let line: Line = serde_json::from_slice(record.get(..end)?).ok()?;
        let mut registers = Bytes::copy_from_slice(record.get(end + 1..)?);
        let mut pending = Vec::new();
        if let Some(event) = line.pending {
            for (device, length) in line.parts {
                if length > registers.len() {
                    return None;
                }
                let register = registers.split_to(length);
                pending.push(Pending { event, device, register });
            }
            if pending.is_empty() {
                // As an earlier version left it.
                pending.push(Pending { event, device: String::new(), register: registers });
            }
        }
        Some(Self {
            address: line.address,
            server: line.server,
            call_id: line.call_id,
            cseq: line.cseq,
            deadline: line.deadline,
            pending,
        })
    }
}

fn make_room(pending: &mut Vec<Pending>) {
    let octets =
        |pending: &[Pending]| pending.iter().map(|it| it.device.len() + it.register.len()).sum::<usize>();
    while pending.len() > DEVICES || (pending.len() > 1 && octets(pending) > OCTETS) {
        pending.remove(0);
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
    /// Of which device each of the REGISTERs is, and how long.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    parts: Vec<(String, usize)>,
}

#[cfg(test)]
mod tests;
