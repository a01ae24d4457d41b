//! Selection over an index.

use std::ops::Range;

use super::{Index, NodeId};
use crate::{
    escape,
    path::{Name, Path, Terminal},
    select::{self, Tree},
};

/// What a selector found in an indexed document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hit {
    /// An element.
    Element(NodeId),
    /// An attribute: of which element, and where its value stands, without quotes.
    Attribute(NodeId, Range<usize>),
    /// The namespaces in scope at an element.
    Namespaces(NodeId),
}

impl Index {
    /// What a selector finds, if it finds one thing; `text` is what the index was built of.
    #[must_use]
    pub fn select(&self, text: &str, path: &Path) -> Option<Hit> {
        let (found, steps) = self.descend(text, path);
        let id = found.filter(|_| steps == path.steps.len())?;
        match &path.terminal {
            None => Some(Hit::Element(id)),
            Some(Terminal::Namespaces) => Some(Hit::Namespaces(id)),
            Some(Terminal::Attribute(name)) => {
                self.attribute(id, name).map(|range| Hit::Attribute(id, range))
            }
        }
    }

    /// As far as the steps of a path lead: the element reached, and after how many of them.
    #[must_use]
    pub fn descend(&self, text: &str, path: &Path) -> (Option<NodeId>, usize) {
        select::descend(&Indexed { index: self, text }, path)
    }
}

struct Indexed<'t> {
    index: &'t Index,
    text: &'t str,
}

impl Tree for Indexed<'_> {
    type Node = NodeId;
    type Key<'n> = u32;

    fn key(&self, name: &Name) -> Option<u32> {
        self.index.key(name)
    }

    fn root(&self) -> Option<NodeId> {
        self.index.root()
    }

    fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.index.children(node)
    }

    fn is(&self, node: NodeId, key: u32) -> bool {
        self.index.node(node).is_some_and(|node| node.name == key)
    }

    fn has(&self, node: NodeId, key: u32, value: &str) -> bool {
        let Some(found) = self.index.attribute_of(node, key) else { return false };
        let text = self.text.as_bytes();
        if found.is_plain() {
            return text.get(found.range()) == Some(value.as_bytes());
        }
        self.text.get(found.range()).is_some_and(|raw| escape::attribute_value(raw) == value)
    }
}
