//! Who is meant: identities that are valid once they exist, compared as RFC 3261 19.1.4 says.

mod request_id;
mod system_id;
mod uri;

#[cfg(test)]
mod tests;

pub use request_id::RequestId;
pub use system_id::SystemId;
pub use uri::{Identity, Kind, kind};

/// A user of an MC service, across all MC systems (TS 23.280 8.1.2): `sip:user@domain`. Personal.
pub type McServiceId = Identity<kind::McService>;
/// A role that users take in turn (TS 23.280 8.1.5): `sip:role@domain`. Personal while a user holds it.
pub type FunctionalAlias = Identity<kind::Alias>;
/// A group of users of MC services (TS 23.280 8.1.3.1): `sip:group@domain`. Not personal.
pub type GroupId = Identity<kind::Group>;
/// A function's public service identity (TS 23.003 13.5): `sip:lms_psi@domain`. Not personal.
pub type Psi = Identity<kind::Service>;

/// Why a text is not an identity. Does not repeat the text, which may be personal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadId {
    /// What it should have been (`MC service ID`).
    pub what: &'static str,
    /// Which rule it breaks.
    pub rule: &'static str,
}

impl std::fmt::Display for BadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a valid {}: {}", self.what, self.rule)
    }
}

impl std::error::Error for BadId {}

/// Whether this can be a host of a URI: a domain name, an IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inside {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.len() <= 253 && host.split('.').all(is_label),
    }
}

fn is_label(label: &str) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=63).contains(&label.len())
        && label.as_bytes().iter().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
