//! Sealing what was minted inside: Call-IDs, tags, contacts and routes, deterministic, without shared state.
//!
//! AES-256-GCM-SIV (RFC 8452) with one nonce per key: equal input gives equal output, so retransmissions and every
//! replica with the key agree, and nothing else is given away. The sealed form names its key by a fingerprint, so
//! that a gateway knows its own work from another gateway's, which it leaves alone; so two hiding gateways work back
//! to back. What bears our fingerprint and does not open was tampered with.

mod base32;

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
};
use smallvec::SmallVec;

/// A sealed or opened value; at usual lengths it stays off the heap.
pub type Value = SmallVec<[u8; 192]>;

/// What is sealed. A value of one kind does not open as another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// RFC 3261 20.8.
    CallId,
    /// RFC 3261 19.3.
    Tag,
    /// The contact of an end inside, with what is known of its dialog (RFC 3261 12.1).
    Contact,
    /// The way from here to that end (RFC 3261 12.1, the route set).
    Routes,
    /// What the gateway tells itself through the ends inside: whose dialog it is.
    Dialog,
}

/// What a sealed value is, and where it counts: nowhere else does it open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label<'l> {
    pub kind: Kind,
    /// The partner that sees it; empty for what no partner sees.
    pub partner: &'l str,
    /// The Call-ID of the messages that carry it, as they carry it; empty where it goes by itself.
    pub call_id: &'l [u8],
}

/// One of a sealer's keys, for as long as the process runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct KeyId(usize);

/// The key that seals what is new.
pub(crate) const CURRENT: KeyId = KeyId(0);

/// Why something did not seal or open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SealError {
    /// It names one of our keys and was changed, or was sealed for another partner or as another kind.
    Tampered,
    /// It is longer than anything we seal.
    TooLong,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tampered => "a sealed value was tampered with",
            Self::TooLong => "a value is too long to be sealed",
        })
    }
}

impl std::error::Error for SealError {}

const FINGERPRINT: usize = 8;
/// Longer identifiers and routes are nobody's; they would only make the sealed ones longer still.
const LONGEST: usize = 1024;

/// The keys of one MC system's gateways: the first seals, every one opens.
pub struct Sealer {
    keys: Vec<Key>,
}

struct Key {
    fingerprint: [u8; FINGERPRINT],
    cipher: LessSafeKey,
    nonce: [u8; NONCE_LEN],
}

impl Sealer {
    /// Keys from secrets of at least 32 unguessable bytes each. Old secrets stay for as long as what they sealed may
    /// come back.
    ///
    /// # Errors
    /// Without a secret, or where one has fewer than 32 bytes.
    pub fn new<S: AsRef<[u8]>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, WeakSecret> {
        let keys = secrets.into_iter().map(|secret| Key::derive(secret.as_ref())).collect::<Option<Vec<_>>>();
        keys.filter(|keys| !keys.is_empty()).map(|keys| Self { keys }).ok_or(WeakSecret)
    }

    /// Seals `value`. The result is a word of RFC 3261 25.1 in `[a-z2-7.]`, fit for Call-ID, tag and the user of a URI.
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub(crate) fn seal(&self, key: KeyId, label: &Label<'_>, value: &[u8]) -> Result<Value, SealError> {
        let key = self.keys.get(key.0).ok_or(SealError::TooLong)?;
        if value.len() > LONGEST {
            return Err(SealError::TooLong);
        }
        let mut text = Value::from_slice(value);
        let nonce = Nonce::assume_unique_for_key(key.nonce);
        let aad = Aad::from(associated(label));
        let tag =
            key.cipher.seal_in_place_separate_tag(nonce, aad, &mut text).map_err(|_| SealError::TooLong)?;
        text.extend_from_slice(tag.as_ref());
        let mut sealed = Value::from_slice(&key.fingerprint);
        sealed.push(b'.');
        base32::encode(&text, &mut sealed);
        Ok(sealed)
    }

    /// Opens what one of our keys sealed under this label, and says which; none where the value is not our work.
    ///
    /// # Errors
    /// [`SealError::Tampered`].
    pub(crate) fn open(&self, label: &Label<'_>, sealed: &[u8]) -> Result<Option<(KeyId, Value)>, SealError> {
        let Some((fingerprint, text)) = sealed.split_at_checked(FINGERPRINT) else { return Ok(None) };
        let place = self.keys.iter().position(|key| key.fingerprint == fingerprint);
        let Some((place, key)) = place.and_then(|place| Some((place, self.keys.get(place)?))) else {
            return Ok(None);
        };
        let text = text.strip_prefix(b".").ok_or(SealError::Tampered)?;
        let mut text = base32::decode(text).ok_or(SealError::Tampered)?;
        let nonce = Nonce::assume_unique_for_key(key.nonce);
        let aad = Aad::from(associated(label));
        let length = key.cipher.open_in_place(nonce, aad, &mut text).map_err(|_| SealError::Tampered)?.len();
        text.truncate(length);
        Ok(Some((KeyId(place), text)))
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| String::from_utf8_lossy(&key.fingerprint))).finish()
    }
}

/// A secret is missing or shorter than 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WeakSecret;

impl fmt::Display for WeakSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("topology hiding needs a secret of at least 32 bytes")
    }
}

impl std::error::Error for WeakSecret {}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

impl Key {
    fn derive(secret: &[u8]) -> Option<Self> {
        if secret.len() < 32 {
            return None;
        }
        let secret = Salt::new(HKDF_SHA256, b"mcx topology hiding").extract(secret);
        let fill =
            |what: &[u8], out: &mut [u8]| secret.expand(&[what], Bytes(out.len())).ok()?.fill(out).ok();
        let (mut key, mut nonce, mut name) = ([0; 32], [0; NONCE_LEN], [0; FINGERPRINT * 5 / 8]);
        fill(b"key", &mut key)?;
        fill(b"nonce", &mut nonce)?;
        fill(b"fingerprint", &mut name)?;
        let mut fingerprint = Value::new();
        base32::encode(&name, &mut fingerprint);
        Some(Self {
            fingerprint: fingerprint.as_slice().try_into().ok()?,
            cipher: LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, &key).ok()?),
            nonce,
        })
    }
}

/// Neither a partner's name nor a Call-ID holds a line end, so that no two labels are written alike.
fn associated(label: &Label<'_>) -> SmallVec<[u8; 128]> {
    let mut associated = SmallVec::from_slice(match label.kind {
        Kind::CallId => b"call-id ".as_slice(),
        Kind::Tag => b"tag ".as_slice(),
        Kind::Contact => b"contact ".as_slice(),
        Kind::Routes => b"routes ".as_slice(),
        Kind::Dialog => b"dialog ".as_slice(),
    });
    associated.extend_from_slice(label.partner.as_bytes());
    if !label.call_id.is_empty() {
        associated.push(b'\n');
        associated.extend_from_slice(label.call_id);
    }
    associated
}

#[cfg(test)]
mod tests;
