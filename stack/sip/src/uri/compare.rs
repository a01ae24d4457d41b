//! Comparing what URIs name.

use super::{Scheme, Uri};

/// Whether two host names are one, without regard to case and to a dot at the end.
#[must_use]
pub fn same_domain(one: &[u8], other: &[u8]) -> bool {
    let bare = |name: &[u8]| name.len() - usize::from(name.ends_with(b"."));
    let (one, other) = (one.get(..bare(one)), other.get(..bare(other)));
    matches!((one, other), (Some(one), Some(other)) if !one.is_empty() && one.eq_ignore_ascii_case(other))
}

impl Uri<'_> {
    /// Whether both name the same user at the same domain: scheme `sip` and `sips` alike, the user with regard to case and
    /// after its escapes are decoded once, the host without regard to case, ports equal. Parameters are not looked at, as
    /// for an address-of-record (RFC 3261 clause 10.3 step 5). A `tel:` number is compared without its visual separators.
    #[must_use]
    pub fn same_address(&self, other: &Uri<'_>) -> bool {
        match (self.scheme, other.scheme) {
            (Scheme::Sip | Scheme::Sips, Scheme::Sip | Scheme::Sips) => {
                self.same_user(other)
                    && self.port == other.port
                    && crate::same_domain(self.host(), other.host())
            }
            (Scheme::Tel, Scheme::Tel) => digits(self.opaque).eq(digits(other.opaque)),
            (Scheme::Other(one), Scheme::Other(two)) => {
                one.eq_ignore_ascii_case(two) && self.opaque == other.opaque
            }
            _ => false,
        }
    }

    /// Whether both name the same user, or none: with regard to case, escapes decoded once (RFC 3261 clause 19.1.4).
    #[must_use]
    pub fn same_user(&self, other: &Uri<'_>) -> bool {
        self.user.is_some() == other.user.is_some() && self.user_octets().eq(other.user_octets())
    }

    /// The octets of the user, escapes decoded once; none where there is no user.
    pub fn user_octets(&self) -> impl Iterator<Item = u8> {
        decoded(self.user.unwrap_or_default())
    }
}

/// Every octet, escapes decoded once (RFC 3261 clause 19.1.4). An octet that was escaped never equals a delimiter that
/// was not, because the URI was split before.
fn decoded(raw: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        if let [b'%', high, low, left @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            rest = left;
            return Some(high << 4 | low);
        }
        let (first, left) = rest.split_first()?;
        rest = left;
        Some(*first)
    })
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// RFC 3966 clause 5: visual separators do not count.
fn digits(number: &[u8]) -> impl Iterator<Item = u8> {
    number.iter().filter(|byte| !b"-.()".contains(byte)).map(u8::to_ascii_lowercase)
}
