//! Shared secrets by their identifiers, and the keys that come from them: TS 33.180 F.1.4, TS 33.220 B.2.

use std::{collections::HashMap, fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_128_GCM, LessSafeKey, UnboundKey},
    hmac,
};

use crate::base64;

/// The function codes of TS 33.220 B.2.2 that TS 33.180 F.1.4 uses.
const CONFIDENTIALITY: u8 = 0x51;
const INTEGRITY: u8 = 0x52;

/// Octets of a 128-bit secret, and of the keys that come from one.
const SHORT: usize = 16;

/// The identifier of a shared secret: a CSK-ID or SPK-ID of 32 bits, whose first four say its purpose (TS 33.180 Annex G).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(u32);

impl KeyId {
    /// The identifier with this value.
    #[must_use]
    pub const fn new(value: u32) -> Self {
        Self(value)
    }

    /// Reads eight hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(text, 16).ok().filter(|_| is_hex).map(Self)
    }

    /// The `KeyName` that names it: its four octets in base64.
    pub(crate) fn name(self) -> String {
        base64::encode(&self.0.to_be_bytes())
    }

    /// The identifier that a `KeyName` holds.
    pub(crate) fn named(text: &str) -> Option<Self> {
        let bytes: [u8; 4] = base64::decode(text)?.try_into().ok()?;
        Some(Self(u32::from_be_bytes(bytes)))
    }
}

/// Eight hexadecimal digits.
impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Why a secret is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadKey {
    /// Fewer than 16 octets, or more than 64.
    Length,
    /// The user's identity is longer than a derivation parameter may be.
    User,
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a secret has 16 to 64 octets",
            Self::User => "a user's identity has at most 65535 octets",
        })
    }
}

impl std::error::Error for BadKey {}

/// The two keys of one shared secret: one signs, the other encrypts.
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    integrity: hmac::Key,
    confidentiality: Arc<LessSafeKey>,
    /// Makes initialization vectors: what repeats because chance failed differs as long as its text does.
    vectors: hmac::Key,
}

impl Key {
    /// Derives the keys of a secret (an XPK: CSK or SPK) of 16 to 64 octets. `user` is the MC service ID that F.1.4 binds a
    /// CSK to; between servers, where there is no user, both ends say the same, or nothing.
    ///
    /// # Errors
    /// [`BadKey`] where the secret or the identity cannot be one.
    pub fn new(id: KeyId, secret: &[u8], user: &str) -> Result<Self, BadKey> {
        if !(SHORT..=64).contains(&secret.len()) {
            return Err(BadKey::Length);
        }
        let user_length = u16::try_from(user.len()).map_err(|_| BadKey::User)?;
        let secret_key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derive = |code: u8| {
            let mut input = hmac::Context::with_key(&secret_key);
            input.update(&[code]);
            input.update(user.as_bytes());
            input.update(&user_length.to_be_bytes());
            input.update(&id.0.to_be_bytes());
            input.update(&4_u16.to_be_bytes());
            input.sign()
        };
        let (integrity, confidentiality) = (derive(INTEGRITY), derive(CONFIDENTIALITY));
        // The least significant bits: all 256 of a longer secret's, but AES-128 takes 128 of either.
        let short =
            |tag: &hmac::Tag| tag.as_ref().iter().rev().take(SHORT).rev().copied().collect::<Vec<u8>>();
        let integrity = if secret.len() == SHORT { short(&integrity) } else { integrity.as_ref().to_vec() };
        let cipher = UnboundKey::new(&AES_128_GCM, &short(&confidentiality)).map_err(|_| BadKey::Length)?;
        let vectors = hmac::sign(&secret_key, b"initialization vectors");
        Ok(Self {
            id,
            integrity: hmac::Key::new(hmac::HMAC_SHA256, &integrity),
            confidentiality: Arc::new(LessSafeKey::new(cipher)),
            vectors: hmac::Key::new(hmac::HMAC_SHA256, vectors.as_ref()),
        })
    }

    /// What names it.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn integrity(&self) -> &hmac::Key {
        &self.integrity
    }

    pub(crate) fn confidentiality(&self) -> &LessSafeKey {
        &self.confidentiality
    }

    /// An initialization vector for this text: as unique as `salt`, and as the text where the salt repeats.
    pub(crate) fn vector(&self, salt: &[u8], text: &[u8]) -> [u8; 12] {
        let mut input = hmac::Context::with_key(&self.vectors);
        input.update(&u64::try_from(salt.len()).unwrap_or(u64::MAX).to_be_bytes());
        input.update(salt);
        input.update(text);
        let mut vector = [0; 12];
        for (to, from) in vector.iter_mut().zip(input.sign().as_ref()) {
            *to = *from;
        }
        vector
    }
}

/// The identifier only.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// Keys by their identifiers.
#[derive(Clone, Debug, Default)]
pub struct Keys(HashMap<KeyId, Key>);

impl Keys {
    /// The key of this identifier.
    #[must_use]
    pub fn get(&self, id: KeyId) -> Option<&Key> {
        self.0.get(&id)
    }
}

/// The last one of an identifier stays.
impl FromIterator<Key> for Keys {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key.id, key)).collect())
    }
}

#[cfg(test)]
mod tests;
