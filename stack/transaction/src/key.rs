//! Which transaction a message belongs to: RFC 3261 clauses 17.1.3 and 17.2.3.
//!
//! Methods and branches are compared octet by octet, hosts without regard to case. To what the clause compares the driver
//! adds the source of a request, as the network shows it: branch and sent-by are the sender's word, and whoever guesses
//! those of another sender's next request must not have it taken for a copy. A key is the parts one after the
//! other, each behind its length, so that no two different messages have the same.

use sip::{CSeq, From, Malformed, Message, Name, To, Via};
use smallvec::SmallVec;

use crate::branch::COOKIE;

type Octets = SmallVec<[u8; 128]>;

/// What a response is matched by: our branch, and the method of its CSeq (RFC 3261 17.1.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ClientKey(Octets);

/// What a request is matched by (RFC 3261 17.2.3). ACK does not occur: it belongs to INVITE's transactions.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ServerKey(Octets);

impl ClientKey {
    /// `branch` and `method` of the request that was sent, or of the topmost Via and the CSeq of a response.
    #[must_use]
    pub fn new(branch: &[u8], method: &[u8]) -> Self {
        Self(join([branch, method]))
    }

    /// The key of a response; none where its topmost Via has no branch, so that it is not one to a request of ours.
    ///
    /// # Errors
    /// [`Malformed`] where Via or CSeq is missing or cannot be read.
    pub fn of(response: &Message) -> Result<Option<Self>, Malformed> {
        let via = response.typed::<Via<'_>>()?.ok_or(missing(Name::Via))?;
        let cseq = response.typed::<CSeq<'_>>()?.ok_or(missing(Name::CSeq))?;
        Ok(via.branch().map(|branch| Self::new(branch, cseq.method.as_bytes())))
    }

    /// The branch that it was made from.
    #[must_use]
    pub fn branch(&self) -> &[u8] {
        let Some((length, rest)) = self.0.split_first_chunk() else { return &[] };
        rest.get(..u32::from_be_bytes(*length) as usize).unwrap_or_default()
    }

    /// The octets that are compared.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl ServerKey {
    /// The key of a request. `source` is the same for all copies of a request, and another for those who are somebody
    /// else.
    ///
    /// # Errors
    /// [`Malformed`] where Via is missing or cannot be read, or without a branch From or To cannot.
    pub fn of(request: &Message, source: &[u8]) -> Result<Self, Malformed> {
        let via = request.typed::<Via<'_>>()?.ok_or(missing(Name::Via))?;
        let method = request.method();
        let method = method.as_bytes();
        let named = via.branch().and_then(|branch| Self::new(source, branch, via.host, via.port, method));
        if let Some(key) = named {
            return Ok(key);
        }
        let (to, from) = (request.typed::<To<'_>>()?, request.typed::<From<'_>>()?);
        Ok(Self::rfc2543(&Rfc2543 {
            source,
            uri: request.request_uri(),
            to_tag: to.and_then(|to| to.tag()).unwrap_or_default(),
            from_tag: from.and_then(|from| from.tag()).unwrap_or_default(),
            call_id: request.call_id(),
            cseq: request.header(Name::CSeq).unwrap_or_default(),
            via: request.values(Name::Via).next().unwrap_or_default(),
        }))
    }

    /// The source, branch, sent-by and method of a request; none when the branch lacks the magic cookie, or has nothing behind
    /// it, so that it identifies nothing.
    #[must_use]
    pub fn new(source: &[u8], branch: &[u8], host: &[u8], port: Option<u16>, method: &[u8]) -> Option<Self> {
        let cookie = branch.get(..COOKIE.len())?;
        let identifies = cookie.eq_ignore_ascii_case(COOKIE.as_bytes()) && branch.len() > COOKIE.len();
        let host: Octets = host.iter().map(u8::to_ascii_lowercase).collect();
        // An absent port and the default port are told apart, as a client does not change its mind between copies.
        let port = port.map(u16::to_be_bytes);
        let port = port.as_ref().map_or(&b""[..], |port| &port[..]);
        identifies.then(|| Self(join([source, branch, &host, port, method])))
    }

    /// What RFC 2543 clients are matched by: source, Request-URI, the tags, Call-ID, CSeq and the topmost Via.
    #[must_use]
    pub fn rfc2543(request: &Rfc2543<'_>) -> Self {
        let Rfc2543 { source, uri, to_tag, from_tag, call_id, cseq, via } = *request;
        Self(join([source, b"", uri, to_tag, from_tag, call_id, cseq, via]))
    }

    /// The octets that are compared.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What identifies a request whose branch does not (RFC 3261 17.2.3, the second list).
#[derive(Clone, Copy, Debug)]
pub struct Rfc2543<'a> {
    /// Where it came from.
    pub source: &'a [u8],
    /// The Request-URI.
    pub uri: &'a [u8],
    /// The tag of To, or nothing.
    pub to_tag: &'a [u8],
    /// The tag of From, or nothing.
    pub from_tag: &'a [u8],
    /// The Call-ID.
    pub call_id: &'a [u8],
    /// The whole CSeq, number and method.
    pub cseq: &'a [u8],
    /// The whole topmost Via value.
    pub via: &'a [u8],
}

fn missing(name: Name) -> Malformed {
    Malformed::new("is missing", 0).of(name)
}

fn join<const N: usize>(parts: [&[u8]; N]) -> Octets {
    let mut octets = Octets::new();
    for part in parts {
        // No message is longer than 4 GiB.
        octets.extend_from_slice(&(part.len() as u32).to_be_bytes());
        octets.extend_from_slice(part);
    }
    octets
}

#[cfg(test)]
mod tests;
