//! What reaches a shard from other threads.

use std::{convert::Infallible, net::IpAddr};

use sip::{Message, Request, Response};
use tokio::sync::oneshot;
use transaction::{ClientId, ServerId};
use wire::{Answer, Arrival, BoxFuture, Hop, WireError};

use super::{common::Outstanding, core::Core, door::Displaced, share::Entrusted};

/// One thing that another thread asks of a shard.
#[expect(clippy::large_enum_variant, reason = "a box would cost each hand-over an allocation")]
pub(crate) enum Letter {
    /// The entity sends a request.
    Request { request: Request, hop: Hop, reply: oneshot::Sender<Result<Answer, WireError>> },
    /// The service has answered; the counted work ends with what the answer releases.
    Reply { peer: IpAddr, server: ServerId, response: Response, after: After, work: Outstanding },
    /// A response that belongs to this shard's transactions arrived at another shard.
    Response { response: Message, arrival: Arrival },
    /// Another shard's transaction sends by a connection of this shard.
    Write { connection: u64, octets: bytes::Bytes, shard: u16, client: ClientId },
    /// Another shard's transaction sends to a peer that this shard has the one connection to.
    Entrusted(Box<Entrusted>),
    /// A connection of this shard makes room for one that another shard let in.
    Displaced(Displaced),
    /// Somebody wants to know when a connection of this shard has ended: then the sender is dropped.
    Watch { connection: u64, watch: oneshot::Sender<Infallible> },
    /// Trust profiles have been replaced.
    Reloaded,
    /// Another shard could not send what [`Letter::Write`] or [`Letter::Entrusted`] asked of it, by a connection that was
    /// open or that never was.
    Unwritten { client: ClientId, error: WireError, was_open: bool },
}

/// What a service's answer releases.
pub(crate) enum After {
    Nothing,
    /// It has begun already: whatever it sends stands in the same queue, behind the answer.
    Begun,
    /// It begins once the answer has been handed down.
    Waits(BoxFuture<'static, ()>),
}

impl Core {
    pub(super) fn letter(&mut self, letter: Letter) {
        match letter {
            Letter::Request { request, hop, reply } => self.request_of_entity(request, hop, reply),
            Letter::Reply { peer, server, response, after, work } => {
                self.delivering.remove(peer);
                self.answer(server, &response);
                self.release(after, work);
            }
            Letter::Response { response, arrival } => self.response(response, arrival, true),
            Letter::Write { connection, octets, shard, client } => {
                match self.links.get(connection).cloned().filter(|_| self.links.write(connection, &octets)) {
                    Some(link) => link.used_by(shard, client),
                    None => {
                        let error = WireError::Unreachable("connection closed".into());
                        self.tell_unwritten(shard, client, error, true);
                    }
                }
            }
            Letter::Entrusted(entrusted) => self.send_entrusted(*entrusted),
            Letter::Displaced(displaced) => self.displace(displaced),
            Letter::Watch { connection, watch } => {
                if let Some(link) = self.links.get(connection) {
                    link.watch(watch);
                }
            }
            Letter::Reloaded => self.links.prove_again(),
            Letter::Unwritten { client, error, was_open } => self.unwritten(client, error, was_open),
        }
    }
}
