//! The last versions of documents that somebody may have been told of: what patches are made from.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Octets that are kept, names and what keeping costs among them. What is older is told without a patch.
const MOST: usize = 32 << 20;

/// Octets that a version takes beside its text and its names, about: many small documents are bounded by this.
const OVERHEAD: usize = 256;

/// An entity tag and what it stands for.
pub(super) type Version = (String, Arc<str>);

/// Versions of one document, oldest first.
type Versions = VecDeque<Version>;

#[derive(Debug, Default)]
pub(super) struct History {
    documents: HashMap<String, Versions>,
    /// In the order in which they came.
    order: VecDeque<String>,
    octets: usize,
}

impl History {
    /// Keeps a version, if it is not the last one already.
    pub(super) fn keep(&mut self, selector: &str, etag: &str, text: &Arc<str>) {
        let versions = self.documents.entry(selector.to_owned()).or_default();
        if versions.iter().any(|(kept, _)| kept == etag) {
            return;
        }
        versions.push_back((etag.to_owned(), Arc::clone(text)));
        self.order.push_back(selector.to_owned());
        self.octets += weight(selector, etag, text);
        while self.octets > MOST {
            let Some(oldest) = self.order.pop_front() else { break };
            let Some(versions) = self.documents.get_mut(&oldest) else { continue };
            self.octets -= versions.pop_front().map_or(0, |(etag, text)| weight(&oldest, &etag, &text));
            if versions.is_empty() {
                self.documents.remove(&oldest);
            }
        }
    }

    /// The versions from one entity tag to another, both among them; empty where one of them is not kept.
    pub(super) fn between(&self, selector: &str, from: &str, to: &str) -> Vec<Version> {
        let Some(versions) = self.documents.get(selector) else { return Vec::new() };
        let at = |etag: &str| versions.iter().position(|(kept, _)| kept == etag);
        match (at(from), at(to)) {
            (Some(first), Some(last)) if first < last => versions.range(first..=last).cloned().collect(),
            _ => Vec::new(),
        }
    }
}

/// A name is kept with its document and with each version.
fn weight(selector: &str, etag: &str, text: &str) -> usize {
    2 * selector.len() + etag.len() + text.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{History, MOST, OVERHEAD};

    #[test]
    fn versions_are_found_in_their_order_and_only_both_ends_count() {
        let mut history = History::default();
        for etag in ["1", "2", "3"] {
            history.keep("d", etag, &Arc::from(etag));
        }
        let tags = |from: &str, to: &str| -> Vec<String> {
            history.between("d", from, to).into_iter().map(|(etag, _)| etag).collect()
        };
        assert_eq!(tags("1", "3"), ["1", "2", "3"]);
        assert_eq!(tags("0", "3"), [""; 0]);
        assert_eq!(tags("3", "1"), [""; 0]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut history = History::default();
        let large: Arc<str> = Arc::from("x".repeat(MOST / 4));
        for number in 0..100 {
            history.keep(&format!("d{}", number % 7), &number.to_string(), &large);
        }
        assert!(history.octets <= MOST);
        assert!(history.documents.len() <= 4);
    }

    #[test]
    fn many_documents_of_next_to_nothing_are_bounded_too() {
        let mut history = History::default();
        let most = MOST / OVERHEAD;
        for number in 0..2 * most {
            history.keep(&number.to_string(), "1", &Arc::from(""));
        }
        assert!(history.octets <= MOST);
        assert!(history.order.len() <= most, "{} are kept", history.order.len());
    }
}
