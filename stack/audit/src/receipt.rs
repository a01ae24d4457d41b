//! A partner's word that something came, and that it stands in his log.

use serde::{Deserialize, Serialize};

use crate::{
    Digest, Head,
    sign::{Forged, Key, PublicKey, Signature},
};

/// No part of a receipt that comes from elsewhere is longer, in octets.
const LONGEST: usize = 256;

/// Whoever received something has an entry of it in his chain, and says so, with the end that the chain has then.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The name of the flow that came.
    pub of: String,
    /// Its `request-id`.
    pub request: String,
    /// Of what came, byte by byte.
    pub digest: Digest,
    /// The receiver's chain, by its identifier.
    pub chain: String,
    /// How many entries it had; that of what came is among them.
    pub number: u64,
    /// The link of the last of them.
    pub head: Digest,
    /// By whom it is signed.
    pub key: PublicKey,
    signature: Signature,
}

impl Receipt {
    /// The receiver's receipt. [`crate::Chain::receipt`] makes it for a chain.
    #[must_use]
    pub fn new(of: &str, request: &str, digest: Digest, end: &Head, key: &Key) -> Self {
        let (of, request, chain) = (of.to_owned(), request.to_owned(), end.chain.clone());
        let (number, head) = (end.seq, end.link);
        let signature = key.sign(&text([&of, &request, &chain], [&digest, &head], number));
        Self { of, request, digest, chain, number, head, key: key.public(), signature }
    }

    /// As it was carried.
    #[must_use]
    pub fn carried(
        [of, request, chain]: [&str; 3],
        [digest, head]: [&str; 2],
        number: u64,
        [key, signature]: [&str; 2],
    ) -> Option<Self> {
        // What names things is short; a key and a signature have their length.
        [of, request, chain].iter().all(|part| part.len() <= LONGEST).then_some(())?;
        Some(Self {
            of: of.to_owned(),
            request: request.to_owned(),
            digest: Digest::read(digest)?,
            chain: chain.to_owned(),
            number,
            head: Digest::read(head)?,
            key: PublicKey::read(key)?,
            signature: Signature::read(signature)?,
        })
    }

    /// The signature, in base64url.
    #[must_use]
    pub fn signature(&self) -> String {
        self.signature.to_string()
    }

    /// Whether the signature is of this receipt and by this key. Whose key it is, is for the reader to know.
    ///
    /// # Errors
    /// [`Forged`] where it is not.
    pub fn check(&self) -> Result<(), Forged> {
        // What is signed has a part in each line: a part of two lines could be read as two parts.
        if [&self.of, &self.request, &self.chain].iter().any(|part| part.contains(char::is_control)) {
            return Err(Forged);
        }
        let text = text([&self.of, &self.request, &self.chain], [&self.digest, &self.head], self.number);
        self.key.check(&text, &self.signature)
    }

    /// As text: JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Texts and numbers have no way to fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Receipt::to_text`] wrote; [`Receipt::check`] says whether it is true.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

fn text([of, request, chain]: [&str; 3], [digest, head]: [&Digest; 2], number: u64) -> String {
    format!("mcx-audit receipt\n{of}\n{request}\n{digest}\n{chain}\n{number}\n{head}")
}
