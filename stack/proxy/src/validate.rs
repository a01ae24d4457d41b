//! Whether a request may be forwarded at all.
//! RFC 3261 clause 16.3 · RFC 5393
//!
//! Steps 1 and 2, syntax and scheme, are [`Message::check`]'s; step 6, credentials, is the chain's.

use sip::{Malformed, MaxForwards, Message, Name, Response, Via};

use crate::identity::Own;

/// Why a request is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rejection {
    /// A header field that the decision depends on cannot be read.
    Malformed(Malformed),
    /// Step 3: Max-Forwards was zero.
    TooManyHops,
    /// Step 4: this very request has been here before.
    Loop,
}

impl Rejection {
    /// Its status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(malformed) => malformed.status,
            Self::TooManyHops => 483,
            Self::Loop => 482,
        }
    }

    /// The response that says so.
    #[must_use]
    pub fn response(&self) -> Response {
        let response = Response::new(self.status());
        match self {
            Self::Malformed(malformed) => response.reason(malformed.to_string()),
            Self::TooManyHops | Self::Loop => response,
        }
    }
}

impl std::convert::From<Malformed> for Rejection {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Step 3. To be asked only of a request that is to be forwarded: its final recipient answers it whatever is left.
///
/// # Errors
/// [`Rejection::TooManyHops`] when Max-Forwards is zero.
pub fn max_forwards(request: &Message) -> Result<(), Rejection> {
    match request.typed::<MaxForwards>()? {
        Some(MaxForwards(0)) => Err(Rejection::TooManyHops),
        _ => Ok(()),
    }
}

/// Step 4. A request that comes back changed is a spiral and passes. `loop_hash` is that of the request as it arrived,
/// `written` reads what was written into one of our own branches. A Via that cannot be read is not ours.
///
/// # Errors
/// [`Rejection::Loop`] when one of the Vias is ours and carries the same hash.
pub fn no_loop(
    request: &Message,
    own: &Own,
    loop_hash: u64,
    written: impl Fn(&[u8]) -> Option<u64>,
) -> Result<(), Rejection> {
    let is_repeated = |via: Via<'_>| own.sent(&via) && via.branch().and_then(&written) == Some(loop_hash);
    if request.all::<Via<'_>>().flatten().any(is_repeated) { Err(Rejection::Loop) } else { Ok(()) }
}

/// Step 5, over [`Name::ProxyRequire`]; 8.2.2.3, over [`Name::Require`]: the option tags in that field that are not
/// `supported`, compared without regard to case, as written and in their order. Where there is one, the request is refused
/// with 420 and each of them in Unsupported; who refuses words the rest of the answer.
pub fn unsupported<'m>(
    request: &'m Message,
    field: Name,
    supported: &[&str],
) -> impl Iterator<Item = &'m [u8]> {
    request
        .values(field)
        // A comma by itself asks for nothing.
        .filter(|option| !option.is_empty())
        .filter(|option| !supported.iter().any(|known| option.eq_ignore_ascii_case(known.as_bytes())))
}

#[cfg(test)]
mod tests;
