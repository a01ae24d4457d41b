//! The client transactions of one shard.

use std::time::Instant;

use bytes::Bytes;

use crate::{
    client_non_invite::{Action, ClientNonInvite, Input, State},
    key::ClientKey,
    limits::{Limits, Overload},
    slab,
    table::{Machine, Step, Table},
    timer::{Reliability, Running},
};

/// Names one client transaction; never another one later.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ClientId(slab::Key);

/// Whose share of the table they are: all of them are ours.
const OURS: u64 = 0;

/// The client transactions of one shard, bounded. `U` is what the driver remembers with each until its outcome is
/// known: where it was sent and who waits.
#[derive(Debug)]
pub struct Clients<U> {
    table: Table<ClientNonInvite, U>,
}

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

/// Why no transaction was begun. The user is handed back.
#[derive(PartialEq, Eq, Debug)]
pub struct Refused<U>(pub Overload, pub U);

impl<U> Clients<U> {
    /// An empty table. `seeds` keep peers from choosing keys that collide; they come from the system's random source,
    /// in tests from anywhere.
    #[must_use]
    pub fn new(epoch: Instant, limits: Limits, seeds: [u64; 4]) -> Self {
        Self { table: Table::new(epoch, limits, limits, seeds) }
    }

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
        let machine = ClientNonInvite::new(now, request, reliability);
        match self.table.insert(OURS, key.as_bytes(), machine, user) {
            Ok(id) => Ok(ClientId(id)),
            Err((overload, user)) => Err(Refused(overload, user)),
        }
    }

    /// A response with this key and status code arrived (RFC 3261 17.1.3).
    pub fn response(&mut self, now: Instant, key: &ClientKey, status: u16) -> Received<U> {
        let Some(id) = self.table.find(key.as_bytes()) else { return Received::Stray };
        match self.table.drive(id, |machine| machine.handle(now, Input::Response(status))) {
            Some(Step { released: Some(user), .. }) => Received::Final(user),
            Some(Step { action: Action::Deliver, .. }) => Received::Provisional(ClientId(id)),
            _ => Received::Absorbed,
        }
    }

    /// The transport failed this transaction (RFC 3261 17.1.4). The user is handed back; none if its outcome was
    /// known already.
    pub fn transport_failed(&mut self, now: Instant, id: ClientId) -> Option<U> {
        self.table.drive(id.0, |machine| machine.handle(now, Input::TransportError))?.released
    }

    /// What one timer brings whose time has come. Call it until nothing is left.
    pub fn expire(&mut self, now: Instant) -> Option<Expired<U>> {
        let (id, timer) = self.table.expire(now)?;
        Some(match self.table.drive(id, |machine| machine.handle(now, Input::Fired(timer))) {
            Some(Step { action: Action::Transmit(request), .. }) => {
                Expired::Retransmit(ClientId(id), request)
            }
            Some(Step { released: Some(user), .. }) => Expired::TimedOut(user),
            _ => Expired::Ended,
        })
    }

    /// When to call [`Clients::expire`] next. It may then find nothing, but nothing is due before.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.table.next_timeout()
    }

    /// What the driver remembers of a transaction whose outcome is not known yet.
    #[must_use]
    pub fn user(&self, id: ClientId) -> Option<&U> {
        self.table.user(id.0)
    }

    /// The same, to be changed.
    pub fn user_mut(&mut self, id: ClientId) -> Option<&mut U> {
        self.table.user_mut(id.0)
    }

    /// How many there are, with those that only absorb copies.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many still wait for an outcome.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.table.pending()
    }

    /// How many bytes of keys and messages are kept.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.table.bytes()
    }
}

impl Machine for ClientNonInvite {
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
