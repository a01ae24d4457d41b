//! Identities of the form `sip:user@domain`, in a normal form so that equal means the same.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
    sync::Arc,
};

use super::{BadId, is_host};

/// Longer identities are refused: they are keys, log fields and header values.
const MAX_LENGTH: usize = 255;

/// What an [`Identity`] stands for.
pub trait Kind: 'static {
    /// For errors and logs.
    const NAME: &'static str;
    /// Whether the user part must not be shown.
    const PERSONAL: bool;
}

/// The kinds of identity.
pub mod kind {
    use super::Kind;

    /// A user of an MC service.
    pub enum McService {}
    /// A role.
    pub enum Alias {}
    /// A group.
    pub enum Group {}
    /// A function of a system.
    pub enum Service {}

    impl Kind for McService {
        const NAME: &'static str = "MC service ID";
        const PERSONAL: bool = true;
    }
    impl Kind for Alias {
        const NAME: &'static str = "functional alias";
        const PERSONAL: bool = true;
    }
    impl Kind for Group {
        const NAME: &'static str = "MC service group ID";
        const PERSONAL: bool = false;
    }
    impl Kind for Service {
        const NAME: &'static str = "public service identity";
        const PERSONAL: bool = false;
    }
}

/// A `sip:` URI with a user and a host and nothing else, in normal form: scheme and host in lower case,
/// escapes only where they are needed (RFC 3261 19.1.4). Two identities are equal when they name the same.
///
/// A `tel:` URI is refused, since it names no MC system. So is `sips:`, which says how somebody is reached: to RFC 3261 19.1.4 it
/// is never the same URI, and one user would be two. Cheap to clone. `Debug` and `Display` hide the user part of personal
/// kinds behind a short mark that is the same for the same identity, so that one can be followed through a log.
pub struct Identity<K> {
    text: Arc<str>,
    host_at: usize,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Identity<K> {
    /// Reads and normalises an identity.
    ///
    /// # Errors
    /// [`BadId`] with the rule that the text breaks.
    pub fn new(text: &str) -> Result<Self, BadId> {
        let (text, host_at) = normalise(text).map_err(|rule| BadId { what: K::NAME, rule })?;
        Ok(Self { text: text.into(), host_at, kind: PhantomData })
    }

    /// The identity as it is written on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The domain of the MC system that the identity belongs to, in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.host_at..).unwrap_or_default()
    }

    /// The user part, as it is written on the wire.
    #[must_use]
    pub fn user(&self) -> &str {
        let scheme = self.text.find(':').map_or(0, |at| at + 1);
        self.text.get(scheme..self.host_at.saturating_sub(1)).unwrap_or_default()
    }

    fn mark(&self) -> u32 {
        // FNV-1a, folded: stable between builds, and too short to be turned back into an identity.
        let hash = self
            .text
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        (hash >> 24) ^ (hash & 0x00ff_ffff)
    }
}

fn normalise(text: &str) -> Result<(String, usize), &'static str> {
    if text.len() > MAX_LENGTH {
        return Err("it is too long");
    }
    let (scheme, rest) = text.split_once(':').ok_or("it has no scheme")?;
    if !scheme.eq_ignore_ascii_case("sip") {
        return Err("the scheme is not sip");
    }
    let (user, host) = rest.split_once('@').ok_or("it has no user part")?;
    if user.is_empty() {
        return Err("the user part is empty");
    }
    if !is_host(host) {
        return Err("the domain is not well-formed, or is followed by a port, parameters or headers");
    }
    let mut normal = String::with_capacity(text.len());
    normal.push_str(&scheme.to_ascii_lowercase());
    normal.push(':');
    push_user(&mut normal, user)?;
    normal.push('@');
    let host_at = normal.len();
    normal.push_str(&host.to_ascii_lowercase());
    Ok((normal, host_at))
}

/// RFC 3261 25.1 `user`, without a password; 19.1.4: an escaped character that needs no escape equals itself.
fn push_user(normal: &mut String, user: &str) -> Result<(), &'static str> {
    let mut bytes = user.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(|digit| digit.and_then(hex));
                let [Some(high), Some(low)] = digits else {
                    return Err("an escape in the user part is not well-formed");
                };
                push_escaped(normal, high << 4 | low);
            }
            _ if is_user_char(byte) => normal.push(char::from(byte)),
            _ => return Err("the user part holds a character that is not allowed"),
        }
    }
    Ok(())
}

fn push_escaped(normal: &mut String, byte: u8) {
    if is_unreserved(byte) {
        normal.push(char::from(byte));
    } else {
        normal.push_str(&format!("%{byte:02X}"));
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

fn is_user_char(byte: u8) -> bool {
    is_unreserved(byte) || b"&=+$,;?/".contains(&byte)
}

impl<K> Clone for Identity<K> {
    fn clone(&self) -> Self {
        Self { text: Arc::clone(&self.text), host_at: self.host_at, kind: PhantomData }
    }
}

impl<K> PartialEq for Identity<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> Eq for Identity<K> {}

impl<K> Hash for Identity<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<K> PartialOrd for Identity<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Identity<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl<K: Kind> FromStr for Identity<K> {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::new(text)
    }
}

impl<K: Kind> fmt::Display for Identity<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if K::PERSONAL {
            write!(f, "#{:06x}@{}", self.mark(), self.domain())
        } else {
            f.write_str(&self.text)
        }
    }
}

impl<K: Kind> fmt::Debug for Identity<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
