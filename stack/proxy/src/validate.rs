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
    /// Step 2: the scheme of the Request-URI, or of a Route that takes its place, is not one that SIP can route.
    Scheme,
    /// Step 3: Max-Forwards was zero.
    TooManyHops,
    /// Step 4: this very request has been here before.
    Loop,
    /// Step 5: these extensions are required of proxies and not known here.
    BadExtension(Vec<String>),
}

impl Rejection {
    /// Its status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(malformed) => malformed.status,
            Self::Scheme => 416,
            Self::TooManyHops => 483,
            Self::Loop => 482,
            Self::BadExtension(_) => 420,
        }
    }

    /// The response that says so.
    #[must_use]
    pub fn response(&self) -> Response {
        let response = Response::new(self.status());
        match self {
            Self::Malformed(malformed) => response.reason(malformed.to_string()),
            Self::BadExtension(unknown) => response.header(Name::Unsupported, unknown.join(", ")),
            Self::Scheme | Self::TooManyHops | Self::Loop => response,
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

/// Step 5. `known` are the option tags that this proxy understands.
///
/// # Errors
/// [`Rejection::BadExtension`] with the option tags of Proxy-Require that are not among them.
pub fn proxy_require(request: &Message, known: &[&str]) -> Result<(), Rejection> {
    let unknown: Vec<String> = request
        .values(Name::ProxyRequire)
        .map(|tag| String::from_utf8_lossy(tag).into_owned())
        .filter(|tag| !known.iter().any(|known| known.eq_ignore_ascii_case(tag)))
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(Rejection::BadExtension(unknown)) }
}

#[cfg(test)]
mod tests;
