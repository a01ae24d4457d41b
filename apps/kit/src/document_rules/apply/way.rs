//! The way to an element, and how it is told.

use std::collections::HashMap;

use xml::Element;

/// The elements from the outermost one down to the one that is looked at, each with its position.
pub(super) struct Way<'d> {
    elements: Vec<Element<'d>>,
    positions: Vec<Option<usize>>,
    octets: usize,
}

/// Octets that a step has beside its name, at most.
const BESIDE: usize = 8;

impl<'d> Way<'d> {
    pub(super) fn of(root: Element<'d>) -> Self {
        Self { elements: vec![root], positions: vec![None], octets: root.name().len() + BESIDE }
    }

    pub(super) fn elements(&self) -> &[Element<'d>] {
        &self.elements
    }

    pub(super) fn last(&self) -> Option<Element<'d>> {
        self.elements.last().copied()
    }

    pub(super) fn push(&mut self, element: Element<'d>, position: Option<usize>) {
        self.octets += element.name().len() + BESIDE;
        self.elements.push(element);
        self.positions.push(position);
    }

    pub(super) fn pop(&mut self) {
        let gone = self.elements.pop().map_or(0, |element| element.name().len() + BESIDE);
        self.octets = self.octets.saturating_sub(gone);
        self.positions.pop();
    }

    /// Local names with their positions, where there are several of one name: `group/list-service/list/entry[2]`.
    pub(super) fn place(&self) -> String {
        let steps =
            self.elements.iter().zip(&self.positions).map(|(element, position)| step(*element, *position));
        steps.collect::<Vec<_>>().join("/")
    }

    /// About how many octets that has, before it is written.
    pub(super) fn octets(&self) -> usize {
        self.octets
    }

    /// The last step of it: `…/entry[2]`.
    pub(super) fn last_step(&self) -> String {
        let last = self.last().zip(self.positions.last().copied());
        last.map(|(element, position)| format!("…/{}", step(element, position))).unwrap_or_default()
    }
}

fn step(element: Element<'_>, position: Option<usize>) -> String {
    match position {
        Some(position) => format!("{}[{position}]", element.name()),
        None => element.name().to_owned(),
    }
}

/// Which of its name each child of an element is: all are counted once, however many there are.
pub(super) struct Positions<'d>(HashMap<(&'d str, &'d str), Count>);

#[derive(Default)]
struct Count {
    all: usize,
    passed: usize,
}

impl<'d> Positions<'d> {
    pub(super) fn of(parent: Element<'d>) -> Self {
        let mut counts: HashMap<_, Count> = HashMap::new();
        for child in children(parent) {
            counts.entry((child.namespace(), child.name())).or_default().all += 1;
        }
        Self(counts)
    }

    /// The position of the next child; none where it is the only one of its name.
    pub(super) fn next(&mut self, child: Element<'d>) -> Option<usize> {
        let count = self.0.entry((child.namespace(), child.name())).or_default();
        count.passed += 1;
        (count.all > 1).then_some(count.passed)
    }
}

/// The child elements. Whatever rules do goes through them by this, so that tests count how much that is.
pub(super) fn children<'d>(parent: Element<'d>) -> impl Iterator<Item = Element<'d>> {
    parent.children().inspect(|_| {
        #[cfg(test)]
        tests::visited();
    })
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, sync::Arc};

    use xml::Limits;

    use crate::document_rules::{Action, Parties, Pattern, Prefixes, Rule, apply};

    thread_local! {
        static VISITED: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn visited() {
        VISITED.set(VISITED.get() + 1);
    }

    fn rule(path: &str) -> Rule {
        let prefixes = Prefixes { root: None, default: "urn:g", table: &[] };
        let pattern = Pattern::parse(path, &prefixes).unwrap();
        Rule { name: Arc::from("all"), pattern, conditions: Vec::new(), action: Action::Remove }
    }

    const PARTIES: Parties<'_> = Parties { own: &[], partner: &[] };

    #[test]
    fn what_is_told_of_many_changes_is_no_more_than_the_document_and_a_little_however_far_down_they_are() {
        let name = "n".repeat(250);
        let (begun, ended) = (format!("<{name}>").repeat(60), format!("</{name}>").repeat(60));
        let text = format!("<list xmlns='urn:g'>{begun}{}{ended}</list>", "<entry uri='s:1'/>".repeat(3_000));
        for (path, last) in [("//entry", "…/entry[3000]"), ("//entry/@uri", "…/entry[3000]/@uri")] {
            let applied = apply(text.as_bytes(), &[rule(path)], PARTIES, &Limits::default()).unwrap();
            let places: Vec<&str> = applied.changes.iter().map(|change| change.place.as_str()).collect();
            assert_eq!((places.len(), places.last().copied()), (3_000, Some(last)));
            assert!(places[0].starts_with("list/nnn") && places[0].contains("/entry[1]"), "{}", places[0]);
            let octets: usize = places.iter().map(|place| place.len()).sum();
            assert!(octets < 3 * text.len(), "{octets} for {}", text.len());
        }
    }

    #[test]
    fn each_element_is_visited_no_more_often_however_many_stand_beside_it() {
        const ENTRIES: usize = 3_000;
        let text = format!("<list xmlns='urn:g'>{}</list>", "<entry uri='s:1'/>".repeat(ENTRIES));
        for rules in [&[][..], &[rule("list/entry")]] {
            VISITED.set(0);
            let applied = apply(text.as_bytes(), rules, PARTIES, &Limits::default()).unwrap();
            assert_eq!(VISITED.get(), 2 * ENTRIES, "once to count it, once to look at it");
            let last = applied.changes.last().map(|change| change.place.as_str());
            assert_eq!(last, rules.first().map(|_| "list/entry[3000]"));
        }
    }
}
