//! Whether a chain is what was written.

mod finding;
mod walk;

use std::collections::BTreeMap;

use store::Store;

use crate::{Digest, Fault, PublicKey, Receipt, SignedHead, chain::End, keys::Keys};

pub use finding::{Finding, Report, Witness};
use walk::Walk;

/// How many entries are read at a time.
const PAGE: usize = 4_096;

/// The end of a chain as somebody else keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// As its holder signed it.
    Head(SignedHead),
    /// As he told it when he confirmed that something had come.
    Receipt(Receipt),
}

impl Kept {
    /// Reads either, as [`SignedHead::to_text`] and [`Receipt::to_text`] write them.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        SignedHead::from_text(text).map(Self::Head).or_else(|| Receipt::from_text(text).map(Self::Receipt))
    }

    /// Which chain, the number of its last entry, and that one's link.
    fn end(&self) -> (&str, u64, Digest) {
        match self {
            Self::Head(SignedHead { head, .. }) => (&head.chain, head.seq, head.link),
            Self::Receipt(receipt) => (&receipt.chain, receipt.number, receipt.head),
        }
    }

    /// By whom it is signed.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        match self {
            Self::Head(signed) => &signed.key,
            Self::Receipt(receipt) => &receipt.key,
        }
    }

    fn is_signed(&self) -> bool {
        match self {
            Self::Head(signed) => signed.check().is_ok(),
            Self::Receipt(receipt) => receipt.check().is_ok(),
        }
    }
}

/// What signatures may be made with.
#[derive(Clone, Default, Debug)]
pub struct Trusted {
    /// Of the chain's own ends; where there is none, any will do.
    pub own: Vec<PublicKey>,
    /// Of what a partner of this name has signed; of a partner who is not here, any will do.
    pub partners: BTreeMap<String, Vec<PublicKey>>,
}

/// Reads a whole chain and says everything that is wrong with it, and where.
///
/// `trusted` are the keys that its ends may be signed with: none where any will do. `witnessed` are signed ends of this chain as
/// partners kept them; those of other chains say nothing about it.
///
/// # Errors
/// [`Fault`] where the store fails.
pub async fn verify(
    store: &dyn Store,
    name: &str,
    trusted: &[PublicKey],
    witnessed: &[Kept],
) -> Result<Report, Fault> {
    verify_by(store, name, &Trusted { own: trusted.to_vec(), ..Trusted::default() }, witnessed).await
}

/// As [`verify`], with the keys of partners too.
///
/// # Errors
/// As [`verify`].
pub async fn verify_by(
    store: &dyn Store,
    name: &str,
    trusted: &Trusted,
    witnessed: &[Kept],
) -> Result<Report, Fault> {
    let keys = Keys::of(name);
    let mut report = Report { name: name.to_owned(), ..Report::default() };
    let end = store.get(keys.end().as_bytes()).await?.and_then(|record| End::read(&record.value).ok());
    let Some(end) = end else {
        report.findings.push(Finding::NoEnd);
        return Ok(report);
    };
    report.end = Some(end.head.clone());
    let mut walk = Walk::new(&end.head.chain, trusted, report);
    walk.told(&end);
    for kept in heads(store, &keys).await? {
        walk.checkpoint(kept);
    }
    witnessed.iter().filter(|kept| kept.end().0 == end.head.chain).for_each(|kept| walk.witness(kept));
    let (entries, mut after) = (keys.entries(), None::<Vec<u8>>);
    loop {
        let page = store.scan(entries.as_bytes(), after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.to_vec());
        page.iter().for_each(|entry| walk.entry(Keys::number(&entries, &entry.key), &entry.record.value));
    }
    let mut report = walk.finish();
    report.waiting = store.scan(keys.waiting().as_bytes(), None, PAGE).await?.len();
    Ok(report)
}

/// The signed heads that are kept, by the number in their key; none where one cannot be read.
async fn heads(store: &dyn Store, keys: &Keys) -> Result<Vec<(u64, Option<SignedHead>)>, Fault> {
    let (prefix, mut after, mut heads) = (keys.heads(), None::<Vec<u8>>, Vec::new());
    loop {
        let page = store.scan(prefix.as_bytes(), after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(heads) };
        after = Some(last.key.to_vec());
        heads.extend(page.iter().map(|entry| {
            let signed = End::read(&entry.record.value).ok().and_then(|end| end.signed);
            (Keys::number(&prefix, &entry.key).unwrap_or_default(), signed)
        }));
    }
}
