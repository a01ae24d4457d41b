//! The last versions of documents of which somebody wants patches: what these are made from.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Octets that are kept, names and what keeping costs among them. What is older is told without a patch.
const MOST: usize = 32 << 20;

/// Octets that a version takes beside its text and its names, about: many small documents are bounded by this.
const OVERHEAD: usize = 256;

/// Changes of one document that are told one by one: more of them are not looked for.
pub(super) const STEPS: usize = 32;

/// A version: its entity tag, what it stands for, and the version whose place it took, where that is known.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) etag: String,
    pub(super) text: Arc<str>,
    after: Option<String>,
}

#[cfg(test)]
impl Version {
    pub(super) fn of(etag: &str, text: &str) -> Self {
        Self { etag: etag.to_owned(), text: text.into(), after: None }
    }
}

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
    /// Whether somebody has wanted patches of a document, and its versions are kept on.
    pub(super) fn holds(&self, selector: &str) -> bool {
        self.documents.contains_key(selector)
    }

    /// Keeps a version, if it is not kept already, and what it came after.
    pub(super) fn keep(&mut self, selector: &str, etag: &str, after: Option<&str>, text: &str) {
        let after = after.map(str::to_owned);
        let versions = self.documents.entry(selector.to_owned()).or_default();
        if let Some(kept) = versions.iter_mut().find(|kept| kept.etag == etag) {
            kept.after = kept.after.take().or(after);
            return;
        }
        versions.push_back(Version { etag: etag.to_owned(), text: text.into(), after });
        self.order.push_back(selector.to_owned());
        self.octets += weight(selector, etag, text);
        while self.octets > MOST {
            let Some(oldest) = self.order.pop_front() else { break };
            let Some(versions) = self.documents.get_mut(&oldest) else { continue };
            self.octets -= versions.pop_front().map_or(0, |gone| weight(&oldest, &gone.etag, &gone.text));
            if versions.is_empty() {
                self.documents.remove(&oldest);
            }
        }
    }

    /// One step from an entity tag to another, whatever came between; none where one of them is not kept.
    pub(super) fn step(&self, selector: &str, from: &str, to: &str) -> Vec<[Version; 2]> {
        let versions = self.documents.get(selector);
        let find = |etag: &str| versions?.iter().find(|kept| kept.etag == etag).cloned();
        find(from).zip(find(to)).map(|(from, to)| [from, to]).into_iter().collect()
    }

    /// Every step from an entity tag to another, in their order; none where one of them is not known, or they are more than [`STEPS`].
    pub(super) fn steps(&self, selector: &str, from: &str, to: &str) -> Vec<[Version; 2]> {
        let (mut steps, mut last) = (VecDeque::new(), to.to_owned());
        while last != from {
            if steps.len() == STEPS {
                return Vec::new();
            }
            let Some([_, now]) = self.step(selector, &last, &last).pop() else { return Vec::new() };
            let before = now.after.as_deref().map(|before| self.step(selector, before, &last));
            let Some(step) = before.and_then(|mut step| step.pop()) else { return Vec::new() };
            last.clone_from(&step[0].etag);
            steps.push_front(step);
        }
        steps.into()
    }
}

/// A name is kept with its document and with each version.
fn weight(selector: &str, etag: &str, text: &str) -> usize {
    2 * selector.len() + etag.len() + text.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::{History, MOST, OVERHEAD, STEPS, Version};

    fn tags(steps: &[[Version; 2]]) -> Vec<[&str; 2]> {
        steps.iter().map(|[from, to]| [from.etag.as_str(), to.etag.as_str()]).collect()
    }

    #[test]
    fn each_step_is_found_in_its_order_or_none() {
        let mut history = History::default();
        history.keep("d", "1", None, "one");
        history.keep("d", "3", Some("2"), "three");
        history.keep("d", "2", None, "two");
        assert!(history.steps("d", "1", "3").is_empty(), "what 2 came after is not known");
        history.keep("d", "2", Some("1"), "two");
        assert_eq!(tags(&history.steps("d", "1", "3")), [["1", "2"], ["2", "3"]]);
        assert_eq!(tags(&history.step("d", "1", "3")), [["1", "3"]]);
        for (from, to) in [("0", "3"), ("3", "1"), ("1", "4")] {
            assert!(history.steps("d", from, to).is_empty(), "{from} {to}");
        }
        assert!(history.step("d", "0", "3").is_empty());
    }

    #[test]
    fn more_steps_than_are_told_one_by_one_are_not_looked_for() {
        let mut history = History::default();
        history.keep("d", "0", None, "0");
        for number in 1..=STEPS + 1 {
            history.keep("d", &number.to_string(), Some(&(number - 1).to_string()), "text");
        }
        let steps = |from: usize| history.steps("d", &from.to_string(), &(STEPS + 1).to_string()).len();
        assert_eq!((steps(1), steps(0)), (STEPS, 0));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut history = History::default();
        let large = "x".repeat(MOST / 4);
        for number in 0..100 {
            history.keep(&format!("d{}", number % 7), &number.to_string(), None, &large);
        }
        assert!(history.octets <= MOST);
        assert!(history.documents.len() <= 4);
    }

    #[test]
    fn many_documents_of_next_to_nothing_are_bounded_too() {
        let mut history = History::default();
        let most = MOST / OVERHEAD;
        for number in 0..2 * most {
            history.keep(&number.to_string(), "1", None, "");
        }
        assert!(history.octets <= MOST);
        assert!(history.order.len() <= most, "{} are kept", history.order.len());
    }
}
