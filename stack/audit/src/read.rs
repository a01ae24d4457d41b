//! Reading a chain, without judging it.

use store::Store;

use crate::{Digest, Entry, Fault, keys::Keys, record::Found};

/// An entry in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
    /// Its number.
    pub seq: u64,
    /// Its link, where it has the form of an entry.
    pub link: Option<Digest>,
    /// What it says, where it can be read.
    pub entry: Option<Entry>,
}

/// The names of the chains that a store holds.
///
/// # Errors
/// [`Fault`] where the store fails.
pub async fn chains(store: &dyn Store) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    // The first key of each chain, and then what comes after all of its keys.
    while let Some(first) = store.scan(Keys::all().as_bytes(), after.as_deref(), 1).await?.into_iter().next()
    {
        let rest = first.key.get(Keys::all().len()..).unwrap_or_default();
        let name: Vec<u8> = rest.iter().copied().take_while(|byte| *byte != b'/').collect();
        after = Some([Keys::all().as_bytes(), &name, b"/\xff"].concat());
        names.extend(String::from_utf8(name));
    }
    Ok(names)
}

/// Entries of a chain after this number, at most so many, in order.
///
/// # Errors
/// [`Fault`] where the store fails.
pub async fn entries(store: &dyn Store, chain: &str, after: u64, limit: usize) -> Result<Vec<Sealed>, Fault> {
    let keys = Keys::of(chain);
    let (prefix, after) = (keys.entries(), keys.entry(after));
    let found = store.scan(prefix.as_bytes(), Some(after.as_bytes()), limit).await?;
    let sealed = found.iter().filter_map(|entry| {
        let seq = Keys::number(&prefix, &entry.key)?;
        let found = Found::read(&entry.record.value);
        let (link, entry) = (found.as_ref().map(|found| found.link), found.and_then(|found| found.entry()));
        Some(Sealed { seq, link, entry })
    });
    Ok(sealed.collect())
}
