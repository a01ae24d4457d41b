//! What changes in a response that goes back towards the client.
//! RFC 3261 clause 16.7 steps 3, 7 and 9

use sip::{Edits, Malformed, Message, Name, To};

/// Step 3, where our Via stands on top of theirs: it is taken off.
pub fn pop_via(edits: &mut Edits) {
    edits.pop_first(Name::Via);
}

/// Step 3, where ours stood alone: Via, From, To, Call-ID and CSeq become what the client sent, To with the tag that
/// the server gave it. `top` is the topmost Via as the server transport stamped it ([`sip::stamp_via`]), where it did.
///
/// # Errors
/// [`Malformed`] where To of either cannot be read.
pub fn restore(
    request: &Message,
    top: Option<&[u8]>,
    response: &Message,
    edits: &mut Edits,
) -> Result<(), Malformed> {
    edits.remove(Name::Via);
    for (index, via) in request.values(Name::Via).enumerate() {
        edits.append(Name::Via, top.filter(|_| index == 0).unwrap_or(via));
    }
    for name in [Name::From, Name::CallId, Name::CSeq] {
        edits.set(name, request.header(name).unwrap_or_default());
    }
    let to = request.header(Name::To).unwrap_or_default();
    let tagged = request.typed::<To<'_>>()?.and_then(|to| to.tag()).is_some();
    match response.typed::<To<'_>>()?.and_then(|to| to.tag()) {
        Some(tag) if !tagged => edits.set(Name::To, &[to, b";tag=", tag].concat()),
        _ => edits.set(Name::To, to),
    };
    Ok(())
}

/// Step 6: a 503 says that the one who sends it serves nobody, which is not true of us. It goes on as a 500; what it says
/// besides is kept, and so is Retry-After, which a 500 may bear (20.33).
pub fn instead_of_503(edits: &mut Edits) {
    edits.status(500);
}

#[cfg(test)]
mod tests;
