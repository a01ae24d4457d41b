//! Who this node is, and how it knows a request that it has seen before.

use ahash::RandomState;
use sip::{From, Malformed, Message, Name, To, Via};

/// One name under which the node is addressed in a Via.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SentBy {
    /// A domain or an address; IPv6 without brackets.
    pub host: String,
    /// The port, where it is written.
    pub port: Option<u16>,
}

/// Every name of the node.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Own {
    names: Vec<SentBy>,
}

impl Own {
    /// The names of all listeners of the node.
    #[must_use]
    pub fn new(names: Vec<SentBy>) -> Self {
        Self { names }
    }

    /// Whether a Via is one that this node has put in.
    #[must_use]
    pub fn sent(&self, via: &Via<'_>) -> bool {
        self.is(via.host(), via.port)
    }

    /// A name without a port is a name without a port: RFC 3261 19.1.4 does not take it for the one with the default
    /// port, since the other may be found through the DNS.
    fn is(&self, host: &[u8], port: Option<u16>) -> bool {
        self.names.iter().any(|name| name.port == port && sip::same_domain(name.host.as_bytes(), host))
    }
}

/// The hash that tells a loop from a spiral: the second part of the branch of RFC 3261 16.6 step 8, over what RFC 5393
/// 4.2.2 leaves of it. Keyed, so that nobody can aim at it; every shard of a node has the same key.
#[derive(Clone, Debug)]
pub struct LoopHasher(RandomState);

impl LoopHasher {
    /// `key` comes from the system's random source once per run; in tests it is a seed.
    #[must_use]
    pub fn new(key: [u64; 4]) -> Self {
        let [a, b, c, d] = key;
        Self(RandomState::with_seeds(a, b, c, d))
    }

    /// Over all that decides where a request goes and which request it is: Request-URI, Route, Proxy-Require, the tags,
    /// Call-ID and CSeq. Not over what changes at each hop.
    ///
    /// # Errors
    /// [`Malformed`] where From or To cannot be read.
    pub fn hash(&self, request: &Message) -> Result<u64, Malformed> {
        let to = request.typed::<To<'_>>()?;
        let from = request.typed::<From<'_>>()?;
        let routes: smallvec::SmallVec<[&[u8]; 8]> = request.values(Name::Route).collect();
        let extensions: smallvec::SmallVec<[&[u8]; 4]> = request.values(Name::ProxyRequire).collect();
        Ok(self.0.hash_one((
            request.request_uri(),
            routes.as_slice(),
            extensions.as_slice(),
            to.and_then(|to| to.tag()),
            from.and_then(|from| from.tag()),
            request.call_id(),
            request.header(Name::CSeq),
        )))
    }
}

#[cfg(test)]
mod tests;
