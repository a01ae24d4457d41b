//! The end of a chain, and its holder's word on it.

use serde::{Deserialize, Serialize};

use crate::{
    Digest,
    sign::{Forged, Key, PublicKey, Signature},
};

/// The end of a chain at a moment: every entry up to this number is fixed by this link.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Which chain, by its identifier.
    pub chain: String,
    /// The number of the last entry; zero before the first.
    pub seq: u64,
    /// Its link.
    pub link: Digest,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: u64,
}

/// The end of a chain as its holder signed it. To whoever keeps it, the chain cannot be shortened nor written anew any more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignedHead {
    /// What is signed.
    #[serde(flatten)]
    pub head: Head,
    /// By whom.
    pub key: PublicKey,
    signature: Signature,
}

impl Head {
    /// Signs it.
    #[must_use]
    pub fn signed(self, key: &Key) -> SignedHead {
        let signature = key.sign(&self.text());
        SignedHead { head: self, key: key.public(), signature }
    }

    fn text(&self) -> String {
        let Self { chain, seq, link, at } = self;
        format!("mcx-audit head\n{chain}\n{seq}\n{link}\n{at}")
    }
}

impl SignedHead {
    /// Whether the signature is of this head and by this key. Whose key it is, is for the reader to know.
    ///
    /// # Errors
    /// [`Forged`] where it is not.
    pub fn check(&self) -> Result<(), Forged> {
        self.key.check(&self.head.text(), &self.signature)
    }

    /// As text, to be carried in one element or header: JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Texts and numbers have no way to fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`SignedHead::to_text`] wrote, wherever it comes from; [`SignedHead::check`] says whether it is true.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
