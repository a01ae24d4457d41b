//! How an entry lies in the store, and the link that ties it to the one before.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version of this form |
//! | 1 | what the entry carries: [`Kind`] |
//! | 8 | its number, big-endian |
//! | 32 | its link: SHA-256 of the link before, of the ten bytes above, and of the body |
//! | rest | the body: [`crate::Entry`] as JSON |

use crate::{Digest, Entry};

const VERSION: u8 = 1;
const HEADER: usize = 10;

/// What an entry carries, so that whoever verifies a million of them reads only those that he must.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// An act or a decision.
    Act = 0,
    /// A partner's receipt, or the signed end of his chain.
    Witness = 1,
}

/// What every chain begins from.
pub(crate) fn origin(chain: &str) -> Digest {
    Digest::over(&[b"mcx-audit chain\n", chain.as_bytes()])
}

/// As it waits: kind and body.
pub(crate) fn waiting(entry: &Entry) -> Vec<u8> {
    let is_witness = entry.receipt.is_some() || entry.head.is_some();
    let kind = if is_witness { Kind::Witness } else { Kind::Act };
    // Texts, and maps of texts by texts, have no way to fail.
    let body = serde_json::to_vec(entry).unwrap_or_default();
    [&[kind as u8][..], &body].concat()
}

/// As it lies in the chain after `before`, and its link.
pub(crate) fn linked(before: &Digest, seq: u64, waiting: &[u8]) -> (Vec<u8>, Digest) {
    let (kind, body) = waiting.split_at_checked(1).unwrap_or((&[0], &[]));
    let mut bytes = Vec::with_capacity(HEADER + before.bytes().len() + body.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(kind);
    bytes.extend_from_slice(&seq.to_be_bytes());
    let link = Digest::over(&[before.bytes(), &bytes, body]);
    bytes.extend_from_slice(link.bytes());
    bytes.extend_from_slice(body);
    (bytes, link)
}

/// An entry as it was found.
pub(crate) struct Found<'b> {
    header: &'b [u8],
    pub(crate) seq: u64,
    pub(crate) link: Digest,
    pub(crate) body: &'b [u8],
}

impl<'b> Found<'b> {
    /// None where it does not have this form.
    pub(crate) fn read(bytes: &'b [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(HEADER)?;
        let (link, body) = rest.split_at_checked(crate::digest::LENGTH)?;
        let seq = u64::from_be_bytes(header.get(2..)?.try_into().ok()?);
        (header.first() == Some(&VERSION)).then_some(())?;
        Some(Self { header, seq, link: Digest(link.try_into().ok()?), body })
    }

    /// The link that it should have after `before`.
    pub(crate) fn link_after(&self, before: &Digest) -> Digest {
        Digest::over(&[before.bytes(), self.header, self.body])
    }

    pub(crate) fn is_witness(&self) -> bool {
        self.header.get(1) == Some(&(Kind::Witness as u8))
    }

    pub(crate) fn entry(&self) -> Option<Entry> {
        serde_json::from_slice(self.body).ok()
    }
}
