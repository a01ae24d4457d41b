//! The way to an element, and how it is told.

use std::collections::HashMap;

use xml::Element;

/// The elements from the outermost one down to the one that is looked at, each with its position.
pub(super) struct Way<'d> {
    elements: Vec<Element<'d>>,
    positions: Vec<Option<usize>>,
}

impl<'d> Way<'d> {
    pub(super) fn of(root: Element<'d>) -> Self {
        Self { elements: vec![root], positions: vec![None] }
    }

    pub(super) fn elements(&self) -> &[Element<'d>] {
        &self.elements
    }

    pub(super) fn last(&self) -> Option<Element<'d>> {
        self.elements.last().copied()
    }

    pub(super) fn push(&mut self, element: Element<'d>, position: Option<usize>) {
        self.elements.push(element);
        self.positions.push(position);
    }

    pub(super) fn pop(&mut self) {
        self.elements.pop();
        self.positions.pop();
    }

    /// Local names with their positions, where there are several of one name: `group/list-service/list/entry[2]`.
    pub(super) fn place(&self) -> String {
        let steps = self.elements.iter().zip(&self.positions).map(|(element, position)| match position {
            Some(position) => format!("{}[{position}]", element.name()),
            None => element.name().to_owned(),
        });
        steps.collect::<Vec<_>>().join("/")
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

    #[test]
    fn each_element_is_visited_no_more_often_however_many_stand_beside_it() {
        const ENTRIES: usize = 3_000;
        let text = format!("<list xmlns='urn:g'>{}</list>", "<entry uri='s:1'/>".repeat(ENTRIES));
        let prefixes = Prefixes { root: None, default: "urn:g", table: &[] };
        let pattern = Pattern::parse("list/entry", &prefixes).unwrap();
        let remove = Rule { name: Arc::from("all"), pattern, conditions: Vec::new(), action: Action::Remove };
        let parties = Parties { own: &[], partner: &[] };
        for rules in [&[][..], &[remove]] {
            VISITED.set(0);
            let applied = apply(text.as_bytes(), rules, parties, &Limits::default()).unwrap();
            assert_eq!(VISITED.get(), 2 * ENTRIES, "once to count it, once to look at it");
            let last = applied.changes.last().map(|change| change.place.as_str());
            assert_eq!(last, rules.first().map(|_| "list/entry[3000]"));
        }
    }
}
