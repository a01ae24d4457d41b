//! Making a patch from two versions of a document, element by element.

use roxmltree::Node;

use super::{
    Action, Content, MAX_OPERATIONS, Operation, Patch, Position, WhiteSpace,
    alignment::{Edit, edits},
    canonical::same,
    content::{Scope, scope},
    fit::bound,
    selector::{Selector, Step, Target, Test},
    siblings,
};
use crate::{Document, Element, built::UNLIMITED, path::Name};

/// What an operation costs beside its content, in octets.
const OVERHEAD: usize = 64;

/// Octets that are read to see what a patch gives: every operation reads the document as a whole.
pub(crate) const WORK: usize = 1 << 20;

/// The patch is applied here before anybody else does, and given up where it does not give the new version, or that is
/// too much to find out.
pub(crate) fn between(old: &Document<'_>, new: &Document<'_>) -> Patch {
    let (one, other) = (old.root().node(), new.root().node());
    if same(one, other) {
        return Patch::default();
    }
    let mut making = Making::new(old, new);
    let in_detail = making.change(one, other).map(|()| Patch::new(making.operations));
    let is_small = |patch: &Patch| octets(patch) <= new.text().len() + OVERHEAD && gives(patch, old, new);
    in_detail.filter(is_small).unwrap_or_else(|| whole(other))
}

/// What the operations cost, about.
pub(crate) fn octets(patch: &Patch) -> usize {
    patch.operations().iter().map(|operation| OVERHEAD + content(&operation.action)).sum()
}

fn content(action: &Action) -> usize {
    match action {
        Action::Add(_, content) | Action::Replace(content) => content.source().len(),
        Action::AddAttribute(_, value) | Action::AddNamespace(_, value) => value.len(),
        Action::Remove(_) => 0,
    }
}

fn gives(patch: &Patch, old: &Document<'_>, new: &Document<'_>) -> bool {
    // Both versions were within the limits of whoever read them; what lies between them is not much more.
    let Ok(patched) = patch.apply(old.text().as_bytes(), &UNLIMITED) else { return false };
    Document::parse(&patched, &UNLIMITED).is_ok_and(|patched| super::equivalent(&patched, new))
}

fn whole(new: Node<'_, '_>) -> Patch {
    let selector =
        Selector { steps: vec![Step { test: Test::Any, conditions: Vec::new() }], target: Target::Node };
    let content = Content::standalone(Element::of(new).to_raw().as_str());
    Patch::new(vec![Operation { selector, action: Action::Replace(content) }])
}

/// Operations as they are made. What is too much to be tried is not made first: a document's length says how many there may be.
pub(super) struct Making {
    operations: Vec<Operation>,
    path: Vec<Step>,
    /// How many there may be at a time.
    pub(super) most: usize,
    /// How many have been made, with those that came to nothing.
    pub(super) made: usize,
}

/// How often as many operations are made as there may be at a time: some come to nothing.
const ATTEMPTS: usize = 4;

/// The child elements of one element, and what stands before, between and after them.
struct Children<'d> {
    elements: Vec<Node<'d, 'd>>,
    gaps: Vec<&'d str>,
}

impl<'d> Children<'d> {
    fn of(parent: Node<'d, 'd>) -> Self {
        let inner = siblings::inner(parent);
        let elements: Vec<_> = parent.children().filter(Node::is_element).collect();
        let mut gaps = Vec::with_capacity(elements.len() + 1);
        let mut from = inner.start;
        for element in &elements {
            gaps.push(siblings::slice(parent, from..element.range().start));
            from = element.range().end;
        }
        gaps.push(siblings::slice(parent, from..inner.end.max(from)));
        Self { elements, gaps }
    }

    fn gap(&self, number: usize) -> &'d str {
        self.gaps.get(number).copied().unwrap_or_default()
    }
}

impl Making {
    pub(super) fn new(old: &Document<'_>, new: &Document<'_>) -> Self {
        let longest = old.text().len().max(new.text().len());
        let most = MAX_OPERATIONS.min(WORK / longest.max(1));
        let path = vec![Step { test: Test::Any, conditions: Vec::new() }];
        Self { operations: Vec::new(), path, most, made: 0 }
    }

    /// None where there is no room for one more; then it is not made.
    fn push(&mut self, action: impl FnOnce() -> Action, below: Option<Step>, target: Target) -> Option<()> {
        if self.operations.len() >= self.most || self.made >= ATTEMPTS * self.most {
            return None;
        }
        self.made += 1;
        let steps = self.path.iter().cloned().chain(below).collect();
        self.operations.push(Operation { selector: Selector { steps, target }, action: action() });
        Some(())
    }

    /// Changes the element at the path, in detail or else by its replacement. None where there is room for neither.
    pub(super) fn change(&mut self, old: Node<'_, '_>, new: Node<'_, '_>) -> Option<()> {
        let mark = self.operations.len();
        let is_same = old.tag_name() == new.tag_name();
        if is_same && self.attributes(old, new).and_then(|()| self.content(old, new)).is_some() {
            return Some(());
        }
        self.operations.truncate(mark);
        let content = || content_at(siblings::source(new), new.parent(), old.parent(), new);
        self.push(|| Action::Replace(content()), None, Target::Node)
    }

    fn attributes(&mut self, old: Node<'_, '_>, new: Node<'_, '_>) -> Option<()> {
        let named = |node: Node<'_, '_>, name: &Name| super::locate::attribute(node, name).map(str::to_owned);
        for name in names(old).filter(|name| named(new, name).is_none()) {
            self.push(|| Action::Remove(WhiteSpace::Kept), None, Target::Attribute(name))?;
        }
        for name in names(new) {
            let value = named(new, &name)?;
            match named(old, &name) {
                Some(before) if before == value => {}
                Some(_) => {
                    self.push(|| Action::Replace(Content::text(&value)), None, Target::Attribute(name))?;
                }
                None => self.push(|| Action::AddAttribute(name, value.into()), None, Target::Node)?,
            }
        }
        Some(())
    }

    fn content(&mut self, old: Node<'_, '_>, new: Node<'_, '_>) -> Option<()> {
        let (before, after) = (Children::of(old), Children::of(new));
        if before.elements.is_empty() && after.elements.is_empty() {
            return self.text(old, new);
        }
        let mut scope = Shared { one: new, other: old, found: None };
        let mut position = 1;
        let mut deleted: Vec<usize> = Vec::new();
        for edit in edits(&before.elements, &after.elements)? {
            match edit {
                Edit::Delete(one) => deleted.push(one),
                Edit::Insert(other) => {
                    if !deleted.is_empty() {
                        return None;
                    }
                    self.insert(&mut scope, &after, other, position)?;
                    position += 1;
                }
                Edit::Keep(one, other) | Edit::Change(one, other) => {
                    self.delete(&before, &mut deleted, one, after.gap(other), position)?;
                    if matches!(edit, Edit::Change(..)) {
                        let (one, other) = (*before.elements.get(one)?, *after.elements.get(other)?);
                        self.path.push(Step::nth(position));
                        let changed = self.change(one, other);
                        self.path.pop();
                        changed?;
                    }
                    position += 1;
                }
            }
        }
        self.delete(&before, &mut deleted, before.elements.len(), after.gap(after.elements.len()), position)
    }

    fn text(&mut self, old: Node<'_, '_>, new: Node<'_, '_>) -> Option<()> {
        let mut pieces = (old.children(), new.children());
        match (pieces.0.next(), pieces.1.next()) {
            _ if same_children(old, new) => Some(()),
            (Some(one), Some(other)) if one.is_text() && other.is_text() => {
                if pieces.0.next().is_some() || pieces.1.next().is_some() {
                    return None;
                }
                let value = other.text()?;
                self.push(|| Action::Replace(Content::text(value)), Some(Step::text()), Target::Node)
            }
            (None, Some(other)) if other.is_text() && pieces.1.next().is_none() => {
                let value = other.text()?;
                self.push(|| Action::Add(Position::Append, Content::text(value)), None, Target::Node)
            }
            _ => None,
        }
    }

    /// Inserts with what stands before it, after the element that is at the position before.
    fn insert(
        &mut self,
        scope: &mut Shared<'_>,
        after: &Children<'_>,
        number: usize,
        position: usize,
    ) -> Option<()> {
        let element = *after.elements.get(number)?;
        let gap = after.gap(number);
        let mut content = || match scope.get() {
            Some(scope) => Content::among(&format!("{gap}{}", siblings::source(element)), scope),
            None => Content::standalone(&format!("{gap}{}", Element::of(element).to_raw().as_str())),
        };
        let (place, below) = match position {
            1 => (Position::Prepend, None),
            _ => (Position::After, Some(Step::nth(position - 1))),
        };
        self.push(|| Action::Add(place, content()), below, Target::Node)
    }

    /// Deletes what is to go before element `next` of the old version so that `wanted` is left there.
    fn delete(
        &mut self,
        before: &Children<'_>,
        deleted: &mut Vec<usize>,
        next: usize,
        wanted: &str,
        position: usize,
    ) -> Option<()> {
        let numbers = std::mem::take(deleted);
        let first = numbers.first().copied().unwrap_or(next);
        let all: String = (first..=next).map(|number| before.gap(number)).collect();
        let spaces = |numbers: &mut dyn Iterator<Item = usize>| {
            numbers.map(|number| before.gap(number)).all(siblings::is_white_space)
        };
        let white_space = if numbers.is_empty() || all == wanted {
            (all == wanted).then_some(WhiteSpace::Kept)?
        } else if before.gap(next) == wanted && spaces(&mut (first..next)) {
            WhiteSpace::Before
        } else if before.gap(first) == wanted && spaces(&mut (first + 1..=next)) {
            WhiteSpace::After
        } else {
            return None;
        };
        for number in numbers {
            let there = match white_space {
                WhiteSpace::Before => before.gap(number),
                _ => before.gap(number + 1),
            };
            let white_space = if there.is_empty() { WhiteSpace::Kept } else { white_space };
            self.push(|| Action::Remove(white_space), Some(Step::nth(position)), Target::Node)?;
        }
        Some(())
    }
}

fn names(node: Node<'_, '_>) -> impl Iterator<Item = Name> {
    node.attributes().map(|attribute| Name::new(attribute.namespace().unwrap_or_default(), attribute.name()))
}

fn same_children(one: Node<'_, '_>, other: Node<'_, '_>) -> bool {
    one.children().count() == other.children().count()
        && one.children().zip(other.children()).all(|(one, other)| same(one, other))
}

/// The element as it stands where its prefixes mean the same in the old version, else with its declarations.
fn content_at(
    source: &str,
    around: Option<Node<'_, '_>>,
    there: Option<Node<'_, '_>>,
    element: Node<'_, '_>,
) -> Content {
    match around {
        Some(parent) if declared_alike(around, there) => Content::of(source, parent),
        _ => Content::standalone(Element::of(element).to_raw().as_str()),
    }
}

/// Whether every prefix in scope at one node means the same at the other.
fn declared_alike(one: Option<Node<'_, '_>>, other: Option<Node<'_, '_>>) -> bool {
    let (Some(one), Some(other)) = (one.filter(Node::is_element), other.filter(Node::is_element)) else {
        return false;
    };
    let (one, other) = (bound(one), bound(other));
    one.get("") == other.get("") && one.iter().all(|(prefix, uri)| other.get(prefix) == Some(uri))
}

/// The declarations around what is inserted, which are those of the old version too: looked for once, and only where something is.
struct Shared<'d> {
    one: Node<'d, 'd>,
    other: Node<'d, 'd>,
    found: Option<Option<Scope>>,
}

impl Shared<'_> {
    fn get(&mut self) -> Option<Scope> {
        let look = || declared_alike(Some(self.one), Some(self.other)).then(|| scope(self.one));
        self.found.get_or_insert_with(look).clone()
    }
}
