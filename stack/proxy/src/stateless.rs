//! What is answered, or absorbed, without a transaction.
//! RFC 3261 clauses 8.2.1, 8.2.7, 9.2 and 17.2

use sip::{Message, Method, Name, Response};

/// What becomes of a request before any state is kept for it.
#[derive(Debug)]
pub enum Admission {
    /// It gets a server transaction.
    Transaction,
    /// It is answered at once, each copy alike, under the tag of [`LoopHasher::hash`](crate::LoopHasher::hash).
    Refuse(Response),
    /// Nothing is ever said to it.
    Absorb,
}

/// Sorts a request by its method. `allow` is the value of Allow.
///
/// There are no INVITE transactions, so INVITE is refused by its method, the ACK that a refusal brings is absorbed, and
/// CANCEL never finds what it is to cancel. A CANCEL of another method is refused alike: by the time it comes there is
/// nothing to be gained (RFC 3261 9.1 forbids it), and the request that it names goes on.
#[must_use]
pub fn admit(request: &Message, allow: &str) -> Admission {
    match request.method() {
        Method::Invite => Admission::Refuse(Response::new(405).header(Name::Allow, allow)),
        Method::Cancel => Admission::Refuse(Response::new(481)),
        Method::Ack => Admission::Absorb,
        _ => Admission::Transaction,
    }
}

#[cfg(test)]
mod tests;
