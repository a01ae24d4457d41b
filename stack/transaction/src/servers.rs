//! The server transactions of one shard.

use std::{net::IpAddr, time::Instant};

use ahash::RandomState;
use bytes::Bytes;

use crate::{
    clients::Refused,
    key::ServerKey,
    limits::Limits,
    server_non_invite::{Action, Input, ServerNonInvite, State},
    slab,
    table::{Machine, Step, Table},
    timer::{Reliability, Running},
};

/// Names one server transaction; never another one later.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ServerId(slab::Key);

/// The server transactions of one shard, bounded. `U` is what the driver remembers with each until it has been
/// answered: the request and where it came from.
#[derive(Debug)]
pub struct Servers<U> {
    table: Table<ServerNonInvite, U>,
    peers: RandomState,
}

/// What becomes of a response of the transaction user.
#[derive(PartialEq, Eq, Debug)]
pub enum Answered<U> {
    /// Send it. The transaction goes on.
    Provisional(Bytes),
    /// Send it. The user is handed back.
    Final(Bytes, U),
    /// Do not send it: there is no such transaction, it has been answered, or RFC 4320 4.1 forbids it.
    Discarded,
}

/// What a timer brings.
#[derive(PartialEq, Eq, Debug)]
pub enum Expired<U> {
    /// 100 Trying is due: print it and give it to [`Servers::respond`] (RFC 4320 4.1).
    SayTrying(ServerId),
    /// No final response came in time, and none is to be sent (RFC 4320 4.2). The user is handed back.
    Lapsed(U),
    /// Nothing that anybody has to be told: a transaction that only answered copies is over.
    Ended,
}

impl<U> Servers<U> {
    /// An empty table. `seeds` keep peers from choosing keys that collide; they come from the system's random source,
    /// in tests from anywhere.
    #[must_use]
    pub fn new(epoch: Instant, limits: Limits, seeds: [u64; 4]) -> Self {
        let [a, b, c, d] = seeds;
        let peers = RandomState::with_seeds(d, c, b, a);
        Self { table: Table::new(epoch, limits, limits.half(), seeds), peers }
    }

    /// Whether a request is a copy of one that is being, or has been, answered (RFC 3261 17.2.3); if so, the response
    /// to send again, where there is one yet. None: the request is new, see [`Servers::begin`].
    pub fn copy(&mut self, now: Instant, key: &ServerKey) -> Option<Option<Bytes>> {
        let id = self.table.find(key.as_bytes())?;
        match self.table.drive(id, |machine| machine.handle(now, Input::Request))?.action {
            Action::Transmit(response) => Some(Some(response)),
            _ => Some(None),
        }
    }

    /// Begins a transaction for a request of `peer` that [`Servers::copy`] did not know.
    ///
    /// # Errors
    /// When the limits are reached, or this peer's half of them.
    pub fn begin(
        &mut self,
        now: Instant,
        key: &ServerKey,
        peer: IpAddr,
        reliability: Reliability,
        user: U,
    ) -> Result<ServerId, Refused<U>> {
        // Two peers that share a hash share a half.
        let owner = self.peers.hash_one(peer);
        match self.table.insert(owner, key.as_bytes(), ServerNonInvite::new(now, reliability), user) {
            Ok(id) => Ok(ServerId(id)),
            Err((overload, user)) => Err(Refused(overload, user)),
        }
    }

    /// The transaction user answers with this status code, printed like this.
    pub fn respond(&mut self, now: Instant, id: ServerId, status: u16, response: Bytes) -> Answered<U> {
        match self.table.drive(id.0, |machine| machine.handle(now, Input::Respond(status, response))) {
            Some(Step { action: Action::Transmit(response), released: Some(user) }) => {
                Answered::Final(response, user)
            }
            Some(Step { action: Action::Transmit(response), released: None }) => {
                Answered::Provisional(response)
            }
            _ => Answered::Discarded,
        }
    }

    /// The transport could not deliver a response (RFC 3261 17.2.4), or its way back is gone. The user is handed back;
    /// none if it had been answered.
    pub fn transport_failed(&mut self, now: Instant, id: ServerId) -> Option<U> {
        self.table.drive(id.0, |machine| machine.handle(now, Input::TransportError))?.released
    }

    /// The request is to get no answer at all, not even the 100 that would fall due. The user is handed back, and a copy
    /// counts as a new request.
    pub fn forget(&mut self, id: ServerId) -> Option<U> {
        self.table.drive(id.0, ServerNonInvite::abandon)?.released
    }

    /// What one timer brings whose time has come. Call it until nothing is left.
    pub fn expire(&mut self, now: Instant) -> Option<Expired<U>> {
        let (id, timer) = self.table.expire(now)?;
        Some(match self.table.drive(id, |machine| machine.handle(now, Input::Fired(timer))) {
            Some(Step { action: Action::SayTrying, .. }) => Expired::SayTrying(ServerId(id)),
            Some(Step { released: Some(user), .. }) => Expired::Lapsed(user),
            _ => Expired::Ended,
        })
    }

    /// When to call [`Servers::expire`] next. It may then find nothing, but nothing is due before.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.table.next_timeout()
    }

    /// What the driver remembers of a transaction that has not been answered yet.
    #[must_use]
    pub fn user(&self, id: ServerId) -> Option<&U> {
        self.table.user(id.0)
    }

    /// The same, to be changed.
    pub fn user_mut(&mut self, id: ServerId) -> Option<&mut U> {
        self.table.user_mut(id.0)
    }

    /// How many there are, with those that only answer copies.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many have not been answered.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.table.pending()
    }

    /// How many bytes of keys and responses are kept.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.table.bytes()
    }
}

impl Machine for ServerNonInvite {
    fn timeout(&self) -> Option<Running> {
        self.timeout()
    }

    fn kept(&self) -> usize {
        self.kept()
    }

    fn is_pending(&self) -> bool {
        matches!(self.state(), State::Trying | State::Proceeding)
    }
}

#[cfg(test)]
mod tests;
