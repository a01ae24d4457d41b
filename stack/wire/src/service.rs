//! The user agent server behind a node.

use sip::{Message, Response};

use crate::{Arrival, BoxFuture};

/// Answers the requests that a node's chain delivers. Each request is given once; retransmissions are absorbed below.
pub trait Service: Send + Sync {
    /// The final response, and what may only start after it has been handed down.
    fn serve(&self, request: Message, arrival: Arrival) -> BoxFuture<'static, Reply>;
}

/// A final response, and what it releases.
pub struct Reply {
    /// Goes back at once; Via, From, To, Call-ID and CSeq are taken from the request by whoever sends it.
    pub response: Response,
    /// Started once the response has been handed down, so that no outcome overtakes its acceptance.
    pub after: Option<BoxFuture<'static, ()>>,
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self { response, after: None }
    }
}
