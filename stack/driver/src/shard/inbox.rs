//! What reaches a shard from other threads.

use sip::{Message, Request, Response};
use tokio::sync::oneshot;
use transaction::{ClientId, ServerId};
use wire::{Answer, Arrival, BoxFuture, Hop, WireError};

use super::{common::Outstanding, core::Core};

/// One thing that another thread asks of a shard.
#[expect(clippy::large_enum_variant, reason = "a box would cost each hand-over an allocation")]
pub(crate) enum Letter {
    /// The entity sends a request.
    Request { request: Request, hop: Hop, reply: oneshot::Sender<Result<Answer, WireError>> },
    /// The service has answered; the counted work ends with what the answer releases.
    Reply { server: ServerId, response: Response, after: Option<BoxFuture<'static, ()>>, work: Outstanding },
    /// A response that belongs to this shard's transactions arrived at another shard.
    Response { response: Message, arrival: Arrival },
    /// Another shard's transaction sends by a connection of this shard.
    Write { connection: u64, octets: bytes::Bytes, shard: u16, client: ClientId },
    /// Another shard could not send what [`Letter::Write`] asked of it.
    Unwritten { client: ClientId },
}

impl Core {
    pub(super) fn letter(&mut self, letter: Letter) {
        match letter {
            Letter::Request { request, hop, reply } => self.request_of_entity(request, hop, reply),
            Letter::Reply { server, response, after, work } => {
                self.delivering = self.delivering.saturating_sub(1);
                self.answer(server, &response);
                self.release(after, work);
            }
            Letter::Response { response, arrival } => self.response(response, arrival, true),
            Letter::Write { connection, octets, shard, client } => {
                if !self.links.write(connection, &octets) {
                    self.common.send(shard, Letter::Unwritten { client });
                }
            }
            Letter::Unwritten { client } => {
                self.client_failed(client, WireError::Unreachable("connection closed".into()))
            }
        }
    }
}
