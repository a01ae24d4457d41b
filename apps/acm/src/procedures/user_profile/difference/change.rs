//! A change of a profile as it is compared: every value by its digest, whatever stands around it.

use std::collections::{BTreeMap, BTreeSet};

use audit::Digest;
use serde::{Deserialize, Serialize};

use super::values;

/// Hexadecimal digits of a digest: no two values of a document have the same by chance.
const DIGITS: usize = 32;

/// What an update puts into a document, and takes out: digests of values with their places, the numbers among siblings left out, so that
/// an entry that somebody else puts before or behind them hides nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    /// How often each stands there once it is made, of those of which there are more than before.
    come: BTreeMap<String, usize>,
    /// The same of those of which there are fewer.
    gone: BTreeMap<String, usize>,
    /// Places at which nothing stands any more.
    emptied: BTreeSet<String>,
}

impl Change {
    /// From one document to another.
    pub(crate) fn between(before: &[u8], after: &[u8]) -> Self {
        let emptied = &places(before) - &places(after);
        let (before, after) = (counted(before), counted(after));
        let of = |counts: &BTreeMap<String, usize>, digest: &String| counts.get(digest).copied().unwrap_or(0);
        let come = after.iter().filter(|(digest, count)| **count > of(&before, digest));
        let gone = before.keys().filter(|digest| of(&after, digest) < of(&before, digest));
        Self {
            come: come.map(|(digest, count)| (digest.clone(), *count)).collect(),
            gone: gone.map(|digest| (digest.clone(), of(&after, digest))).collect(),
            emptied,
        }
    }

    /// Whether a document has all that comes, and nothing of what goes. Of a change of order alone nothing can be said.
    pub(crate) fn has_been_made(&self, now: &[u8]) -> bool {
        let (now, places) = (counted(now), places(now));
        let of = |digest: &String| now.get(digest).copied().unwrap_or(0);
        !(self.come.is_empty() && self.gone.is_empty())
            && self.come.iter().all(|(digest, count)| of(digest) >= *count)
            && self.gone.iter().all(|(digest, count)| of(digest) <= *count)
            && self.emptied.is_disjoint(&places)
    }
}

/// How often each value stands at a place of its kind.
fn counted(text: &[u8]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (place, value) in values(text) {
        *counts.entry(short(&format!("{}={value}", unnumbered(&place)))).or_default() += 1;
    }
    counts
}

/// Where something stands.
fn places(text: &[u8]) -> BTreeSet<String> {
    values(text).keys().map(|place| short(&unnumbered(place))).collect()
}

fn short(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string().chars().take(DIGITS).collect()
}

/// `/list/entry[2]/@uri` as `/list/entry/@uri`.
fn unnumbered(place: &str) -> String {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let step = |step: &str| match step.rsplit_once('[') {
        Some((name, number)) if number.strip_suffix(']').is_some_and(is_number) => name.to_owned(),
        _ => step.to_owned(),
    };
    place.split('/').map(step).collect::<Vec<_>>().join("/")
}
