//! Ed25519 (RFC 8032): short keys, and signatures that need no randomness.

use std::{fmt, sync::Arc};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// How many bytes a public key has, and a signature (RFC 8032 5.1.5 and 5.1.6).
const KEY: usize = 32;
const SIGNATURE: usize = 64;

/// The private key with which a chain's holder signs its end and his receipts.
#[derive(Clone)]
pub struct Key(Arc<Ed25519KeyPair>);

/// The public half. As text, base64url.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(Vec<u8>);

/// A signature. As text, base64url.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Signature(Vec<u8>);

/// A signature does not fit: what it signs, or by whom, is not what is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forged;

impl Key {
    /// Reads a private key: PKCS#8 in DER.
    ///
    /// # Errors
    /// With why it is none.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, String> {
        let pair = Ed25519KeyPair::from_pkcs8(der);
        pair.map(|pair| Self(Arc::new(pair))).map_err(|why| format!("not an Ed25519 key: {why}"))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().to_vec())
    }

    pub(crate) fn sign(&self, text: &str) -> Signature {
        Signature(self.0.sign(text.as_bytes()).as_ref().to_vec())
    }
}

impl PublicKey {
    /// Reads base64url.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        BASE64.decode(text).ok().filter(|bytes| bytes.len() == KEY).map(Self)
    }

    pub(crate) fn check(&self, text: &str, signature: &Signature) -> Result<(), Forged> {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(text.as_bytes(), &signature.0).map_err(|_| Forged)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

impl Signature {
    pub(crate) fn read(text: &str) -> Option<Self> {
        BASE64.decode(text).ok().filter(|bytes| bytes.len() == SIGNATURE).map(Self)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(&self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        bytes(from).map(Self)
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        bytes(from).map(Self)
    }
}

fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(from)?;
    BASE64.decode(text).map_err(|_| D::Error::custom("not base64url"))
}
