//! A proxy chain that runs inside the shard, without spawning and without reading a store.

use sip::{Edits, Message, Response};

use crate::{Arrival, Hop, WireError};

/// Decides what becomes of each request that opens a new server transaction. Called on the hot path: no blocking, no
/// allocation that a decision does not need.
pub trait Inline: Send + Sync {
    /// The request has passed the first checks of RFC 3261 16.3, syntax and scheme. Max-Forwards and loops, steps 3 and 4,
    /// are looked at afterwards, where the decision is to forward: its recipient answers a request whatever is left.
    /// Proxy-Require, step 5, is the chain's.
    fn request(&self, request: &Message, arrival: &Arrival) -> Decision;

    /// What else is changed in a response before it goes back towards the client, beside Via and, for
    /// [`Vias::Replace`], From, To, Call-ID and CSeq, which the driver restores from the original request. `arrival` is
    /// that of the request.
    fn response(&self, response: &Message, request: &Message, arrival: &Arrival, edits: &mut Edits) {
        let _ = (response, request, arrival, edits);
    }

    /// A request that was to be forwarded has reached nobody: no connection to where it goes could be had, or none carried it, or too
    /// much is under way here ([`WireError::Overloaded`]). Its sender is answered with [`Forward::unreachable`], or 503.
    fn unreached(&self, request: &Message, arrival: &Arrival, why: &WireError) {
        let _ = (request, arrival, why);
    }

    /// A target of a search was silent for so long that the next is being tried. Whoever named it may name it last from now on.
    fn was_silent(&self, hop: &Hop) {
        let _ = hop;
    }
}

/// The outcome of a chain.
#[derive(Debug)]
pub enum Decision {
    /// Send it on, statefully (RFC 3261 16.6).
    Forward(Box<Forward>),
    /// Answer it here.
    Respond(Response),
    /// Give it to the node's [`crate::Service`].
    Deliver,
    /// Say nothing. The reason goes into metrics and logs.
    Drop(&'static str),
}

/// A request that is sent on: its first branch, and what all have in common.
#[derive(Debug)]
pub struct Forward {
    /// Where to.
    pub hop: Hop,
    /// Every change but Via and Max-Forwards, which the driver makes (RFC 3261 16.6 steps 3 and 8).
    pub edits: Edits,
    /// What becomes of the Via values that the request brought.
    pub vias: Vias,
    /// What the caller is told when the hop cannot be reached (RFC 3261 16.9); 503 with Retry-After where absent. A hop
    /// that is reached and does not answer is passed on as silence (RFC 4320 4.2).
    pub unreachable: Option<Response>,
    /// Where it goes next, one after the other in this order, as long as none has brought a success (RFC 3261 16.6: a
    /// sequential search). Empty where the hop is the only one there is.
    pub others: Vec<Branch>,
}

/// A further branch of a forwarded request.
#[derive(Debug)]
pub struct Branch {
    /// Where to.
    pub hop: Hop,
    /// As in [`Forward`]: every change to the request as it arrived.
    pub edits: Edits,
}

/// RFC 3261 16.6 step 8, or topology hiding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vias {
    /// Ours is put on top of theirs.
    Add,
    /// Ours stands alone; theirs come back from transaction state with the response.
    Replace,
}

/// The chain of a plain user agent: every request is for its service.
#[derive(Clone, Copy, Debug, Default)]
pub struct TerminateAll;

impl Inline for TerminateAll {
    fn request(&self, _: &Message, _: &Arrival) -> Decision {
        Decision::Deliver
    }
}
