//! The checks that every element makes before it acts: RFC 3261 clauses 8.1.1, 8.2.2.1 and 16.3.

use super::Message;
use crate::{
    Malformed, Method, Name, Scheme, Typed, Uri,
    header::{CSeq, CallId, From, MaxForwards, To, Via},
};

/// What may stand once only; a second one would let two elements read two different messages.
const SINGLE: [Name; 8] = [
    Name::To,
    Name::From,
    Name::CallId,
    Name::CSeq,
    Name::MaxForwards,
    Name::ContentType,
    Name::Event,
    Name::Expires,
];

/// See [`Message::check`].
pub(super) fn check(message: &Message) -> Result<(), Malformed> {
    vias(message)?;
    once(message)?;
    required::<From<'_>>(message)?;
    required::<To<'_>>(message)?;
    required::<CallId<'_>>(message)?;
    let cseq = required::<CSeq<'_>>(message)?;
    message.typed::<MaxForwards>()?;
    if message.is_request() {
        request_uri(message.request_uri())?;
        same_method(message.method(), cseq.method)?;
    }
    Ok(())
}

/// The topmost Via is read whole; of those below only that they are there (RFC 4475 clause 3.1.1.10).
fn vias(message: &Message) -> Result<(), Malformed> {
    let via = required::<Via<'_>>(message)?;
    if via.branch() == Some(b"z9hG4bK") {
        return Err(Malformed::new("has a branch of the magic cookie alone", 0).of(Name::Via));
    }
    if message.values(Name::Via).any(<[u8]>::is_empty) {
        return Err(Malformed::new("has an empty value", 0).of(Name::Via));
    }
    Ok(())
}

fn once(message: &Message) -> Result<(), Malformed> {
    let (mut seen, mut twice) = (0_u128, 0_u128);
    for line in &message.head.lines {
        twice |= seen & line.name.bit();
        seen |= line.name.bit();
    }
    match SINGLE.into_iter().find(|name| twice & name.bit() != 0) {
        Some(name) => Err(Malformed::new("occurs more than once", 0).of(name)),
        None => Ok(()),
    }
}

fn required<'m, T: Typed<'m>>(message: &'m Message) -> Result<T, Malformed> {
    message.typed::<T>()?.ok_or(Malformed::new("is missing", 0).of(T::NAME))
}

/// RFC 3261 clauses 16.3 step 2 and 19.1.1: a scheme that SIP carries, and no header fields inside.
fn request_uri(raw: &[u8]) -> Result<(), Malformed> {
    let uri = Uri::parse(raw)
        .map_err(|malformed| Malformed { rule: "Request-URI does not follow its grammar", ..malformed })?;
    match uri.scheme {
        Scheme::Other(_) => Err(Malformed::new("Request-URI with an unsupported scheme", 0).status(416)),
        _ if !uri.headers.is_empty() => Err(Malformed::new("Request-URI with header fields in it", 0)),
        _ => Ok(()),
    }
}

/// RFC 3261 clause 8.1.1.5. Where the method is unknown as well, that is the better answer (RFC 4475 clause 3.1.2.18).
fn same_method(method: Method<'_>, cseq: Method<'_>) -> Result<(), Malformed> {
    if method == cseq {
        return Ok(());
    }
    let differs = Malformed::new("names another method than the request line", 0).of(Name::CSeq);
    Err(if method.is_other() { differs.status(501) } else { differs })
}
