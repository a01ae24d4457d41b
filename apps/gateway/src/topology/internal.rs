//! Which names and addresses belong to the inside of the own system, and whether a text holds one.
//!
//! TS 24.379 clause 6.8.2: what shows the local topology does not pass the exit. Bodies are only checked, never
//! rewritten; header fields that hold an internal name are left out or made anew.

pub(crate) mod readings;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::IpNet;

/// Digits that a number of an IPv4 address is looked for in: three, and zeros before them.
const DIGITS: usize = 32;

/// Why an entry of the configured list is not a name or network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadName(pub String);

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is neither a host name with a dot, `*.` and such a name, nor a network as address/length",
            self.0
        )
    }
}

impl std::error::Error for BadName {}

/// A host name, or everything below one.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Pattern {
    /// In lower case, without `*.`.
    name: Box<[u8]>,
    /// The offset of the first dot in `name`, where a search takes hold.
    dot: usize,
    /// Whether names below it match too.
    below: bool,
}

/// A set of host names and networks.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Hosts {
    patterns: Vec<Pattern>,
    networks: Vec<IpNet>,
}

impl Hosts {
    /// Reads entries such as `lms1.primary.example`, `*.core.primary.example` (the name itself and all below it),
    /// `10.0.0.0/8`, `2001:db8::/32` and `10.1.2.3`.
    ///
    /// # Errors
    /// The first entry that is none of these.
    pub fn new<S: AsRef<str>>(entries: impl IntoIterator<Item = S>) -> Result<Self, BadName> {
        let mut hosts = Self::default();
        for entry in entries {
            hosts.add(entry.as_ref())?;
        }
        Ok(hosts)
    }

    fn add(&mut self, entry: &str) -> Result<(), BadName> {
        if let Ok(network) = entry.parse::<IpNet>() {
            self.networks.push(network);
        } else if let Ok(address) = entry.parse::<IpAddr>() {
            self.networks.push(IpNet::from(address));
        } else {
            self.patterns.push(Pattern::read(entry).ok_or_else(|| BadName(entry.to_owned()))?);
        }
        Ok(())
    }

    /// Whether there is nothing in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty() && self.networks.is_empty()
    }

    /// Whether the set has this address.
    #[must_use]
    pub fn has_address(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&canonical) || network.contains(&address))
    }

    /// Whether an address tells of one of the set, by itself or by the IPv4 address in it (RFC 4291 2.5.5, RFC 6052 2.1).
    /// Never a question of trust.
    fn shows_address(&self, address: IpAddr) -> bool {
        let within = match address {
            IpAddr::V6(address) => embedded(address),
            IpAddr::V4(_) => None,
        };
        self.has_address(address) || within.is_some_and(|within| self.has_address(within.into()))
    }

    /// Whether the set has this host: a name without regard to case, or an address, in brackets if it is IPv6.
    #[must_use]
    pub fn has_host(&self, host: &[u8]) -> bool {
        let host = host.strip_suffix(b".").unwrap_or(host);
        if self.patterns.iter().any(|pattern| pattern.covers(host)) {
            return true;
        }
        let bare = host.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or(host);
        address(bare).is_some_and(|address| self.has_address(address))
    }

    /// Whether `text` holds a name or an address of the set anywhere, as it is written or as a receiver may read it: with
    /// escapes undone and pieces put together. Errs on the side of finding.
    #[must_use]
    pub fn occur_in(&self, text: &[u8]) -> bool {
        !self.is_empty() && readings::any(text, |text| self.occur_plainly(text))
    }

    /// The same of a body that is a part of a text in which nothing was found: only there do comments begin anew.
    #[must_use]
    pub(crate) fn occur_joined_in(&self, part: &[u8]) -> bool {
        !self.is_empty() && readings::any_joined(part, |text| self.occur_plainly(text))
    }

    fn occur_plainly(&self, text: &[u8]) -> bool {
        let dotted = memchr::memchr_iter(b'.', text)
            .any(|at| self.patterns.iter().any(|p| p.lies_at(text, at)) || self.has_ipv4_at(text, at));
        dotted || (!self.networks.is_empty() && self.has_ipv6_in(text))
    }

    /// Only the first dot of an address is looked at.
    fn has_ipv4_at(&self, text: &[u8], dot: usize) -> bool {
        if self.networks.is_empty() {
            return false;
        }
        let (before, after) = text.split_at_checked(dot).unwrap_or((text, &[]));
        let head = before.iter().rev().take(DIGITS + 1).take_while(|b| b.is_ascii_digit()).count();
        if head == 0 || head > DIGITS {
            return false;
        }
        let mut dots = 0;
        let tail = after.iter().take_while(|b| {
            dots += u8::from(**b == b'.');
            dots <= 3 && (b.is_ascii_digit() || **b == b'.')
        });
        let tail = tail.take(3 * (1 + DIGITS)).count();
        let Some(digits) = text.get(dot - head..dot + tail) else { return false };
        ipv4(digits).is_some_and(|address| self.has_address(address.into()))
    }

    /// An address has at least two colons, with nothing but hexadecimal digits, colons and dots around them.
    fn has_ipv6_in(&self, text: &[u8]) -> bool {
        let part = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
        let mut seen = 0;
        memchr::memchr_iter(b':', text).any(|colon| {
            if colon < seen {
                return false;
            }
            let (before, after) = text.split_at_checked(colon).unwrap_or((text, &[]));
            let tail = after.iter().take_while(|b| part(b)).count();
            seen = colon + tail;
            if memchr::memchr(b':', after.get(1..tail).unwrap_or_default()).is_none() {
                return false;
            }
            let head = before.iter().rev().take(4).take_while(|b| b.is_ascii_hexdigit()).count();
            // What stands before the first colon may be a scheme, as in `sip:2001:db8::1`.
            [colon - head, colon + 1].into_iter().any(|start| {
                let word = text.get(start..seen).unwrap_or_default();
                address(word.strip_suffix(b".").unwrap_or(word))
                    .is_some_and(|address| self.shows_address(address))
            })
        })
    }
}

impl Pattern {
    fn read(entry: &str) -> Option<Self> {
        let below = entry.starts_with("*.");
        let name = entry.strip_prefix("*.").unwrap_or(entry).trim_end_matches('.');
        let is_host = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        let dot = name.find('.').filter(|dot| is_host && *dot > 0)?;
        Some(Self { name: name.to_ascii_lowercase().into_bytes().into(), dot, below })
    }

    fn covers(&self, host: &[u8]) -> bool {
        let Some(head) = host.len().checked_sub(self.name.len()) else { return false };
        let (head, tail) = host.split_at(head);
        tail.eq_ignore_ascii_case(&self.name) && (head.is_empty() || (self.below && head.ends_with(b".")))
    }

    /// Whether the name stands in `text` with its first dot at `at`, not as the end of a longer label.
    fn lies_at(&self, text: &[u8], at: usize) -> bool {
        let Some(start) = at.checked_sub(self.dot) else { return false };
        let before = |back: usize| start.checked_sub(back).and_then(|at| text.get(at));
        // A letter after a backslash may be a line break, as in `\n`.
        let starts_label = before(2) == Some(&b'\\')
            || before(1).is_none_or(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_'));
        starts_label
            && text
                .get(start..start + self.name.len())
                .is_some_and(|name| name.eq_ignore_ascii_case(&self.name))
    }
}

fn address(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Four numbers, whatever zeros stand before them.
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut numbers = std::str::from_utf8(text).ok()?.trim_end_matches('.').split('.').map(str::parse::<u8>);
    let mut next = || numbers.next()?.ok();
    Some(Ipv4Addr::new(next()?, next()?, next()?, next()?))
}

/// The IPv4 address in the last octets of `::/96` and `64:ff9b::/96`.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [head @ .., a, b, c, d] = address.octets();
    let is_known = matches!(head, [0, 0 | 0x64, 0 | 0xff, 0 | 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]);
    is_known.then(|| Ipv4Addr::new(a, b, c, d))
}

#[cfg(test)]
mod tests;
