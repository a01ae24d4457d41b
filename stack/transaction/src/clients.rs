//! The client transactions of one shard.

use std::time::Instant;

use bytes::Bytes;

use crate::{
    client_non_invite::{Action, ClientNonInvite, Input, State},
    key::ClientKey,
    limits::{Limits, Refused},
    slab,
    table::{Machine, Step, Table},
    timer::{Reliability, Running},
};

/// Names one client transaction; never another one later.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ClientId(slab::Key);

impl From<slab::Key> for ClientId {
    fn from(key: slab::Key) -> Self {
        Self(key)
    }
}

impl From<ClientId> for slab::Key {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

/// Whose share of the table they are: all of them are ours.
const OURS: u64 = 0;

/// The client transactions of one shard, bounded. `U` is what the driver remembers with each until its outcome is
/// known: where it was sent and who waits.
pub type Clients<U> = Table<ClientNonInvite, U>;

/// What a response that came in is.
#[derive(PartialEq, Eq, Debug)]
pub enum Received<U> {
    /// Matches nothing: drop it (RFC 3261 18.1.2; nothing is relayed for strangers).
    Stray,
    /// A copy of a final response that was passed up before.
    Absorbed,
    /// Provisional.
    Provisional(ClientId),
    /// Final. The user is handed back.
    Final(U),
}

/// What a timer brings.
#[derive(PartialEq, Eq, Debug)]
pub enum Expired<U> {
    /// Timer E: send these bytes again.
    Retransmit(ClientId, Bytes),
    /// Timer F: nothing came. The user is handed back.
    TimedOut(U),
    /// Nothing that anybody has to be told: a transaction that only absorbed copies is over.
    Ended,
}

impl<U> Clients<U> {
    /// Begins a transaction whose request the caller is about to send. The key must hold a branch of its own, as
    /// [`BranchMaker`](crate::BranchMaker) makes them.
    ///
    /// # Errors
    /// When the limits are reached.
    pub fn begin(
        &mut self,
        now: Instant,
        key: &ClientKey,
        request: Bytes,
        reliability: Reliability,
        user: U,
    ) -> Result<ClientId, Refused<U>> {
        self.insert(OURS, key.as_bytes(), ClientNonInvite::new(now, request, reliability), user)
    }

    /// A response with this key and status code arrived (RFC 3261 17.1.3).
    pub fn response(&mut self, now: Instant, key: &ClientKey, status: u16) -> Received<U> {
        let Some(id) = self.find(key.as_bytes()) else { return Received::Stray };
        match self.drive(id, |machine| machine.handle(now, Input::Response(status))) {
            Some(Step { released: Some(user), .. }) => Received::Final(user),
            Some(Step { action: Action::Deliver, .. }) => Received::Provisional(id),
            _ => Received::Absorbed,
        }
    }

    /// The transport failed this transaction (RFC 3261 17.1.4). The user is handed back; none if its outcome was
    /// known already.
    pub fn transport_failed(&mut self, now: Instant, id: ClientId) -> Option<U> {
        self.drive(id, |machine| machine.handle(now, Input::TransportError))?.released
    }

    /// What one timer brings whose time has come. Call it until nothing is left.
    pub fn expire(&mut self, now: Instant) -> Option<Expired<U>> {
        let (id, timer) = self.fired(now)?;
        Some(match self.drive(id, |machine| machine.handle(now, Input::Fired(timer))) {
            Some(Step { action: Action::Transmit(request), .. }) => Expired::Retransmit(id, request),
            Some(Step { released: Some(user), .. }) => Expired::TimedOut(user),
            _ => Expired::Ended,
        })
    }
}

impl Machine for ClientNonInvite {
    type Id = ClientId;

    fn share(whole: Limits) -> Limits {
        whole
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
