//! The plain values: text, numbers, durations, sizes, addresses, paths.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use wire::Transport;
use xml_schemas::ids::{Identity, Kind};

use super::{Named, Raw, Value};

impl Value for String {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        raw.as_str().map(str::to_owned).or_else(|| raw.expected("a string"))
    }
}

impl Value for bool {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        raw.as_bool().or_else(|| raw.expected("true or false"))
    }
}

/// An integer of the width of `T`.
fn integer<T: TryFrom<i128>>(raw: &Raw<'_>, range: &str) -> Option<T> {
    raw.as_integer().and_then(|number| T::try_from(number).ok()).or_else(|| raw.expected(range))
}

impl Value for u8 {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        integer(raw, "an integer between 0 and 255")
    }
}

impl Value for u16 {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        integer(raw, "an integer between 0 and 65535")
    }
}

impl Value for u32 {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        integer(raw, "an integer between 0 and 4294967295")
    }
}

impl Value for u64 {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        integer(raw, "an integer that is not negative")
    }
}

impl Value for usize {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        integer(raw, "an integer that is not negative")
    }
}

impl Value for i64 {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        integer(raw, "an integer")
    }
}

impl Value for f64 {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        raw.as_float().or_else(|| raw.expected("a number"))
    }
}

/// A whole number with its unit: `500ms`, `10s`, `5m`, `1h`, `30d`.
impl Value for Duration {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        raw.as_str()
            .and_then(duration)
            .or_else(|| raw.expected("a duration such as \"500ms\", \"10s\" or \"5m\""))
    }
}

fn duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().ok()?;
    let seconds = |factor: u64| number.checked_mul(factor).map(Duration::from_secs);
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        "d" => seconds(86400),
        _ => None,
    }
}

/// How much memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Size(
    /// Octets.
    pub u64,
);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            octets if octets.is_multiple_of(1 << 30) => write!(f, "{}GiB", octets >> 30),
            octets if octets.is_multiple_of(1 << 20) => write!(f, "{}MiB", octets >> 20),
            octets => write!(f, "{octets} octets"),
        }
    }
}

/// A whole number with its unit: `64MiB`, `1GiB`.
impl Value for Size {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let size = |text: &str| {
            let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
            let unit = match unit {
                "MiB" => 1 << 20,
                "GiB" => 1 << 30,
                _ => return None,
            };
            number.parse::<u64>().ok()?.checked_mul(unit).map(Self)
        };
        raw.as_str().and_then(size).or_else(|| raw.expected("a size such as \"64MiB\" or \"1GiB\""))
    }
}

impl Value for SocketAddr {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let parsed = raw.as_str().and_then(|text| text.parse().ok());
        parsed.or_else(|| raw.expected("an address and port such as \"127.0.0.1:5060\" or \"[::1]:5060\""))
    }
}

impl Value for IpAddr {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let parsed = raw.as_str().and_then(|text| text.parse().ok());
        parsed.or_else(|| raw.expected("an IP address"))
    }
}

/// An address prefix, as `192.0.2.0/24`, `2001:db8::/32` or a single address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Prefix {
    /// The address; bits beyond the length do not matter.
    pub address: IpAddr,
    /// How many leading bits count.
    pub length: u8,
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl Value for Prefix {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        raw.as_str()
            .and_then(prefix)
            .or_else(|| raw.expected("an address or a prefix such as \"192.0.2.0/24\""))
    }
}

fn prefix(text: &str) -> Option<Prefix> {
    let (address, length) =
        text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = length.map_or(Some(longest), |length| length.parse().ok())?;
    (length <= longest).then_some(Prefix { address, length })
}

/// An identity of the field: an MC service ID, a public service identity, a public user identity.
impl<K: Kind> Value for Identity<K> {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let text = raw.as_str().or_else(|| raw.expected(K::NAME))?;
        Self::new(text).map_err(|why| raw.error::<Self>(why.to_string())).ok()
    }
}

/// Relative to the folder of the file that it stands in.
impl Value for PathBuf {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        match raw.as_str() {
            Some(text) if !text.is_empty() => Some(raw.folder().join(text)),
            _ => raw.expected("a path"),
        }
    }
}

/// `host`, `host:port` or `[v6]:port`, as it stands in a Via's sent-by (RFC 3261 20.42). The host is in lower case.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct HostPort {
    /// A domain name or an address; an IPv6 address in its brackets.
    pub host: String,
    /// The port, where one is given.
    pub port: Option<u16>,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

impl Value for HostPort {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let parsed = raw.as_str().and_then(host_port);
        parsed
            .or_else(|| raw.expected("a host with or without a port, such as \"mcgw.primary.example:5061\""))
    }
}

fn host_port(text: &str) -> Option<HostPort> {
    let after_v6 = text.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match text.get(after_v6..)?.rfind(':') {
        Some(colon) => (text.get(..after_v6 + colon)?, Some(text.get(after_v6 + colon + 1..)?.parse().ok()?)),
        None => (text, None),
    };
    is_host(host).then(|| HostPort { host: host.to_ascii_lowercase(), port })
}

/// RFC 3261 25.1: `host`, a name or an address without a port.
#[must_use]
pub fn is_host(text: &str) -> bool {
    if let Some(v6) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return v6.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.strip_suffix('.').unwrap_or(text).split('.').all(label)
}

impl Named for Transport {
    const NAMES: &'static [(&'static str, Self)] =
        &[("udp", Transport::Udp), ("tcp", Transport::Tcp), ("tls", Transport::Tls)];
}
