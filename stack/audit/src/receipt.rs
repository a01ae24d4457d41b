//! A partner's word that something came.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::{
    Digest,
    entry::milliseconds,
    sign::{Forged, Key, PublicKey, Signature},
};

/// Whoever received a request has an entry of it in his chain, and says so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The receiver's chain, by its identifier.
    pub chain: String,
    /// The `request-id` of what came.
    pub request: String,
    /// Of what came, byte by byte.
    pub digest: Digest,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: u64,
    /// By whom it is signed.
    pub key: PublicKey,
    signature: Signature,
}

impl Receipt {
    /// The receiver's receipt for these bytes. [`crate::Chain::receipt`] makes it for a chain.
    #[must_use]
    pub fn new(chain: &str, request: &str, digest: Digest, at: SystemTime, key: &Key) -> Self {
        let (chain, request, at) = (chain.to_owned(), request.to_owned(), milliseconds(at));
        let signature = key.sign(&text(&chain, &request, &digest, at));
        Self { chain, request, digest, at, key: key.public(), signature }
    }

    /// Whether the signature is of this receipt and by this key.
    ///
    /// # Errors
    /// [`Forged`] where it is not.
    pub fn check(&self) -> Result<(), Forged> {
        self.key.check(&text(&self.chain, &self.request, &self.digest, self.at), &self.signature)
    }

    /// As text, to be carried in one element or header: JSON.
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

fn text(chain: &str, request: &str, digest: &Digest, at: u64) -> String {
    format!("mcx-audit receipt\n{chain}\n{request}\n{digest}\n{at}")
}
