//! What the location service of RFC 3261 10 keeps for each address of record.

use std::net::SocketAddr;

use wire::{ConnectionId, Transport};

/// One contact under which a user can be reached, until it expires.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// The contact's URI, byte for byte as it was registered.
    pub contact: String,
    /// The contact's header parameters, as registered, without `expires`: `+sip.instance`, `q`, feature tags.
    pub parameters: Vec<String>,
    /// The value of `+sip.instance` (RFC 5626 4.1): one device has one binding.
    pub instance: Option<String>,
    /// Preference in thousandths (RFC 3261 20.10); 1000 where the contact says nothing.
    pub preference: u16,
    /// The Call-ID of the REGISTER that made or last refreshed it.
    pub call_id: String,
    /// Its CSeq number.
    pub cseq: u32,
    /// When it was made or last refreshed, in milliseconds of Unix time.
    pub refreshed_at: u64,
    /// When it ends, in milliseconds of Unix time.
    pub expires_at: u64,
    /// RFC 3327: the route back through trusted edge proxies, first hop first.
    pub path: Vec<String>,
    /// How it was registered, and how it is reached.
    pub flow: Flow,
}

impl Binding {
    /// Whether it still holds at this time (milliseconds of Unix time).
    #[must_use]
    pub fn is_live(&self, now: u64) -> bool {
        self.expires_at > now
    }

    /// Whether the other is this binding, made by the same REGISTER, whatever is known of its stream.
    #[must_use]
    pub fn is_but_for_the_stream(&self, other: &Self) -> bool {
        let connection = self.flow.connection;
        *self == Self { flow: Flow { connection, ..other.flow.clone() }, ..other.clone() }
    }

    /// Seconds until it ends, rounded up, so that a binding that holds never reads as expired.
    #[must_use]
    pub fn seconds_left(&self, now: u64) -> u64 {
        self.expires_at.saturating_sub(now).div_ceil(1000)
    }
}

/// The way between a user's device and this core, in both directions: what RFC 5626 calls a flow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flow {
    /// The transport of the REGISTER.
    pub transport: Transport,
    /// The other end of the REGISTER's hop, as the kernel saw it: who proves to be this user by sending from there.
    pub remote: SocketAddr,
    /// Where the device listens, should a stream have to be opened anew; its host is always that of `remote`.
    pub address: SocketAddr,
    /// The stream that the REGISTER came by, while this run of the core lasts.
    pub connection: Option<ConnectionId>,
    /// The configured name of the edge proxy that the REGISTER came through, if it did.
    pub edge: Option<String>,
}
