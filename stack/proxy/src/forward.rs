//! What changes in a request that is forwarded.
//! RFC 3261 clause 16.6 steps 3 and 8 · RFC 3581
//!
//! What the server transport adds to the Via that was on top (18.2.1) is [`sip::stamp_via`]'s.

use sip::{Edits, Malformed, MaxForwards, Message, Name};
use smallvec::SmallVec;

/// What a request without Max-Forwards is given (RFC 3261 16.6 step 3).
pub const MAX_FORWARDS: u8 = 70;

/// Step 3: one hop less, or the usual number where the field is missing. [`crate::validate::max_forwards`] goes before.
///
/// # Errors
/// [`Malformed`] where the field cannot be read.
pub fn max_forwards(request: &Message, edits: &mut Edits) -> Result<(), Malformed> {
    let left = match request.typed::<MaxForwards>()? {
        Some(MaxForwards(hops)) => hops.saturating_sub(1),
        None => MAX_FORWARDS,
    };
    edits.set(Name::MaxForwards, decimal(left).trim_ascii_start());
    Ok(())
}

/// Step 8: a Via value of ours; `sent_by` is host and port as they stand there. It asks for `rport` (RFC 3581), so that responses
/// come back by the way the request went.
#[must_use]
pub fn via(transport: &str, sent_by: &str, branch: &[u8]) -> SmallVec<[u8; 192]> {
    let mut value = SmallVec::new();
    let parts: [&[u8]; 6] =
        [b"SIP/2.0/", transport.as_bytes(), b" ", sent_by.as_bytes(), b";rport;branch=", branch];
    parts.iter().for_each(|part| value.extend_from_slice(part));
    value
}

/// Right-aligned among spaces.
fn decimal(number: u8) -> [u8; 3] {
    let digit = |place: u8| match number / place {
        0 if place > 1 => b' ',
        value => b'0' + value % 10,
    };
    [digit(100), digit(10), digit(1)]
}

#[cfg(test)]
mod tests;
