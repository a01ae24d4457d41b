//! Finding what a selector names: each step finds one child, or the whole finds nothing (RFC 4825 clause 6.3).

use crate::{
    Document, Element,
    path::{Name, Path, Step, Terminal, Test},
};

/// What a selector found in a parsed document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Selected<'d> {
    /// An element.
    Element(Element<'d>),
    /// An attribute: of which element, and its value.
    Attribute(Element<'d>, &'d str),
    /// The namespaces in scope at an element.
    Namespaces(Element<'d>),
}

impl Document<'_> {
    /// What a selector finds, if it finds one thing.
    #[must_use]
    pub fn select(&self, path: &Path) -> Option<Selected<'_>> {
        let (found, steps) = descend(&Parsed { root: self.root() }, path);
        let element = found.filter(|_| steps == path.steps.len())?;
        match &path.terminal {
            None => Some(Selected::Element(element)),
            Some(Terminal::Namespaces) => Some(Selected::Namespaces(element)),
            Some(Terminal::Attribute(name)) => {
                value(element, name).map(|value| Selected::Attribute(element, value))
            }
        }
    }
}

/// What selection asks of a document, however it is kept.
pub(crate) trait Tree {
    /// An element.
    type Node: Copy;
    /// A name, made quick to compare.
    type Key<'n>: Copy;

    /// The key of a name; none where no element and no attribute has it.
    fn key<'n>(&self, name: &'n Name) -> Option<Self::Key<'n>>;
    fn root(&self) -> Option<Self::Node>;
    fn children(&self, node: Self::Node) -> impl Iterator<Item = Self::Node>;
    fn is(&self, node: Self::Node, key: Self::Key<'_>) -> bool;
    fn has(&self, node: Self::Node, key: Self::Key<'_>, value: &str) -> bool;
}

/// Goes down as far as the steps find one element each. Says the last element found, and after how many steps.
pub(crate) fn descend<T: Tree>(tree: &T, path: &Path) -> (Option<T::Node>, usize) {
    let mut found = None;
    for (number, step) in path.steps.iter().enumerate() {
        let next = match (number, found) {
            (0, _) => one(tree, tree.root().into_iter(), step),
            (_, Some(parent)) => one(tree, tree.children(parent), step),
            (_, None) => None,
        };
        match next {
            Some(element) => found = Some(element),
            None => return (found, number),
        }
    }
    (found, path.steps.len())
}

/// The one candidate that a step names: a position counts those of the name, the attribute is tested afterwards.
fn one<T: Tree>(tree: &T, candidates: impl Iterator<Item = T::Node>, step: &Step) -> Option<T::Node> {
    let name = match &step.test {
        Test::Any => None,
        Test::Name(name) => Some(tree.key(name)?),
    };
    let attribute = match &step.attribute {
        None => None,
        Some(test) => Some((tree.key(&test.name)?, &*test.value)),
    };
    let mut named = candidates.filter(|node| name.is_none_or(|key| tree.is(*node, key)));
    let passes = |node: &T::Node| attribute.is_none_or(|(key, value)| tree.has(*node, key, value));
    match step.position {
        Some(position) => {
            let skip = usize::try_from(position).ok()?.checked_sub(1)?;
            named.nth(skip).filter(passes)
        }
        None => {
            let mut fitting = named.filter(passes);
            let first = fitting.next()?;
            fitting.next().is_none().then_some(first)
        }
    }
}

struct Parsed<'d> {
    root: Element<'d>,
}

impl<'d> Tree for Parsed<'d> {
    type Node = Element<'d>;
    type Key<'n> = &'n Name;

    fn key<'n>(&self, name: &'n Name) -> Option<&'n Name> {
        Some(name)
    }

    fn root(&self) -> Option<Element<'d>> {
        Some(self.root)
    }

    fn children(&self, node: Element<'d>) -> impl Iterator<Item = Element<'d>> {
        node.children()
    }

    fn is(&self, node: Element<'d>, name: &Name) -> bool {
        node.is(&name.namespace, &name.local)
    }

    fn has(&self, node: Element<'d>, name: &Name, wanted: &str) -> bool {
        value(node, name) == Some(wanted)
    }
}

fn value<'d>(element: Element<'d>, name: &Name) -> Option<&'d str> {
    let found = element
        .attributes()
        .find(|(namespace, local, _)| *namespace == &*name.namespace && *local == &*name.local);
    found.map(|(_, _, value)| value)
}
