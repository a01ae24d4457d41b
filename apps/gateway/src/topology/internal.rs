//! Which names and addresses belong to the inside of the own system, and whether a text holds one.
//!
//! TS 24.379 clause 6.8.2: what shows the local topology does not pass the exit. Bodies are only checked, never
//! rewritten; header fields that hold an internal name are left out or made anew.

use std::{fmt, net::IpAddr};

use ipnet::IpNet;
use smallvec::SmallVec;

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
    has_ipv6: bool,
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
        hosts.has_ipv6 = hosts.networks.iter().any(|network| matches!(network, IpNet::V6(_)));
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
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
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

    /// Whether `text` holds a name or an address of the set anywhere, plain, percent-encoded (RFC 3986 2.1) or as
    /// character references (XML 4.1). Errs on the side of finding.
    #[must_use]
    pub fn occur_in(&self, text: &[u8]) -> bool {
        if self.is_empty() {
            return false;
        }
        self.occur_plainly(text) || decoded(text).is_some_and(|plain| self.occur_plainly(&plain))
    }

    fn occur_plainly(&self, text: &[u8]) -> bool {
        let dotted = memchr::memchr_iter(b'.', text)
            .any(|at| self.patterns.iter().any(|p| p.lies_at(text, at)) || self.has_ipv4_at(text, at));
        dotted || (self.has_ipv6 && self.has_ipv6_in(text))
    }

    /// Only the first dot of an address is looked at.
    fn has_ipv4_at(&self, text: &[u8], dot: usize) -> bool {
        if self.networks.is_empty() {
            return false;
        }
        let (before, after) = text.split_at_checked(dot).unwrap_or((text, &[]));
        let head = before.iter().rev().take(4).take_while(|b| b.is_ascii_digit()).count();
        if head == 0 || head > 3 {
            return false;
        }
        let mut dots = 0;
        let tail = after.iter().take_while(|b| {
            dots += u8::from(**b == b'.');
            dots <= 3 && (b.is_ascii_digit() || **b == b'.')
        });
        let tail = tail.take(13).count();
        let Some(digits) = text.get(dot - head..dot + tail) else { return false };
        address(digits).is_some_and(|address| self.has_address(address))
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
                    .is_some_and(|address| self.has_address(address))
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
        let starts_label = start == 0
            || text.get(start - 1).is_some_and(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_'));
        starts_label
            && text
                .get(start..start + self.name.len())
                .is_some_and(|name| name.eq_ignore_ascii_case(&self.name))
    }
}

fn address(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The text with its escapes undone, if it has any; this is the rare path.
fn decoded(text: &[u8]) -> Option<SmallVec<[u8; 256]>> {
    memchr::memchr2(b'%', b'&', text)?;
    let mut plain = SmallVec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'%', b'&', rest) {
        let (before, from) = rest.split_at(at);
        plain.extend_from_slice(before);
        let (byte, used) = escape(from).unwrap_or((from.first().copied().unwrap_or_default(), 1));
        plain.push(byte);
        rest = from.get(used..).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
    Some(plain)
}

/// The byte that an escape at the start of `text` stands for, and the escape's length. What is not ASCII cannot be
/// part of a host name and reads as a blank.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let ascii = |value: u32| u8::try_from(value).ok().filter(u8::is_ascii).unwrap_or(b' ');
    if text.first() == Some(&b'%') {
        let digits = std::str::from_utf8(text.get(1..3)?).ok()?;
        return Some((ascii(u32::from_str_radix(digits, 16).ok()?), 3));
    }
    let end = text.iter().take(12).position(|b| *b == b';')?;
    let reference = std::str::from_utf8(text.get(2..end)?).ok().filter(|_| text.get(1) == Some(&b'#'))?;
    let value = match reference.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => reference.parse(),
    };
    Some((ascii(value.ok()?), end + 1))
}

#[cfg(test)]
mod tests;
