//! The server transactions of one shard.

use std::{net::IpAddr, time::Instant};

use bytes::Bytes;

use crate::{
    key::ServerKey,
    limits::{Limits, Refused},
    server_non_invite::{Action, Input, ServerNonInvite, State},
    slab,
    table::{Machine, Step, Table},
    timer::{Reliability, Running},
};

/// Names one server transaction; never another one later.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ServerId(slab::Key);

impl From<slab::Key> for ServerId {
    fn from(key: slab::Key) -> Self {
        Self(key)
    }
}

impl From<ServerId> for slab::Key {
    fn from(id: ServerId) -> Self {
        id.0
    }
}

/// The server transactions of one shard, bounded. `U` is what the driver remembers with each until it has been
/// answered: the request and where it came from.
pub type Servers<U> = Table<ServerNonInvite, U>;

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
    /// Whether a request is a copy of one that is being, or has been, answered (RFC 3261 17.2.3); if so, the response
    /// to send again, where there is one yet. None: the request is new, see [`Servers::begin`].
    pub fn copy(&mut self, now: Instant, key: &ServerKey) -> Option<Option<Bytes>> {
        let id = self.find(key.as_bytes())?;
        match self.drive(id, |machine| machine.handle(now, Input::Request))?.action {
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
        self.insert(self.owner(peer), key.as_bytes(), ServerNonInvite::new(now, reliability), user)
    }

    /// The transaction user answers with this status code, printed like this.
    pub fn respond(&mut self, now: Instant, id: ServerId, status: u16, response: Bytes) -> Answered<U> {
        match self.drive(id, |machine| machine.handle(now, Input::Respond(status, response))) {
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
        self.drive(id, |machine| machine.handle(now, Input::TransportError))?.released
    }

    /// The request is to get no answer at all, not even the 100 that would fall due. The user is handed back, and a copy
    /// counts as a new request.
    pub fn forget(&mut self, id: ServerId) -> Option<U> {
        self.drive(id, ServerNonInvite::abandon)?.released
    }

    /// What one timer brings whose time has come. Call it until nothing is left.
    pub fn expire(&mut self, now: Instant) -> Option<Expired<U>> {
        let (id, timer) = self.fired(now)?;
        Some(match self.drive(id, |machine| machine.handle(now, Input::Fired(timer))) {
            Some(Step { action: Action::SayTrying, .. }) => Expired::SayTrying(id),
            Some(Step { released: Some(user), .. }) => Expired::Lapsed(user),
            _ => Expired::Ended,
        })
    }
}

impl Machine for ServerNonInvite {
    type Id = ServerId;

    fn share(whole: Limits) -> Limits {
        whole.half()
    }

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
