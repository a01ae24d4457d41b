//! Where everything of a document stands, so that one element is found without reading the document again.
//!
//! An index is some forty octets for each element and sixteen for each attribute; beside it the text is kept as it
//! came. It is built in one pass over a text that has been read as a [`Document`](crate::Document) before, be it now
//! or when it was stored.

mod build;
mod tree;

pub use tree::Hit;

use std::{borrow::Cow, ops::Range};

use crate::{Document, escape, path::Name};

/// The offset index of one document.
#[derive(Debug, Default)]
pub struct Index {
    namespaces: Vec<Box<str>>,
    names: Vec<IndexedName>,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    declarations: Vec<Declaration>,
}

#[derive(PartialEq, Eq, Debug)]
struct IndexedName {
    namespace: u32,
    local: Box<str>,
}

/// An element. Elements stand in document order, so the first child of one is the next, if it is a child at all.
#[derive(Clone, Copy, Debug)]
struct Node {
    name: u32,
    parent: u32,
    /// The first element that is not within this one.
    after: u32,
    /// Of `<`.
    start: u32,
    /// After the `>` of the start tag.
    open: u32,
    /// Of the `<` of the end tag; as `end` where the tag is an empty one.
    close: u32,
    end: u32,
    /// Its first attribute; it has all up to the first one of the next element.
    attributes: u32,
}

#[derive(Clone, Copy, Debug)]
struct Attribute {
    name: u32,
    /// Of its name.
    start: u32,
    /// Between the quotes.
    value: u32,
    /// Where the value ends, and in the highest bit whether it is [`Attribute::is_plain`].
    end: u32,
}

/// Of [`Attribute::end`].
const PLAIN: u32 = 1 << 31;

impl Attribute {
    fn value_end(self) -> usize {
        at(self.end & !PLAIN)
    }

    /// Whether the value is what stands there: no reference in it, and no white space but blanks.
    fn is_plain(self) -> bool {
        self.end & PLAIN != 0
    }

    fn range(self) -> Range<usize> {
        at(self.value)..self.value_end()
    }
}

#[derive(Debug)]
struct Declaration {
    node: u32,
    prefix: Box<str>,
    namespace: u32,
}

/// One element of an indexed document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(u32);

/// Where one element stands in the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// From `<` to `>`.
    pub element: Range<usize>,
    /// What is between its tags; empty, and at the end of the element, where it is an empty tag.
    pub content: Range<usize>,
    /// Whether it is written as one empty tag.
    pub empty_tag: bool,
}

impl Index {
    /// The index of a document.
    #[must_use]
    pub fn of(document: &Document<'_>) -> Self {
        // What the reader took is well-formed, so the pass ends; were it not so, an empty index finds nothing.
        Self::build(document.text()).unwrap_or_default()
    }

    /// The index of a text that has been read as a [`Document`] before, without a byte order mark. `None` says that it
    /// cannot have been.
    #[must_use]
    pub fn build(text: &str) -> Option<Self> {
        build::index(text)
    }

    /// The outermost element.
    #[must_use]
    pub fn root(&self) -> Option<NodeId> {
        (!self.nodes.is_empty()).then_some(NodeId(0))
    }

    /// How many elements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no element, as in the index of what is no document.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// About how many octets of memory the index takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.local.len() + size_of::<IndexedName>()).sum();
        names
            + self.nodes.len() * size_of::<Node>()
            + self.attributes.len() * size_of::<Attribute>()
            + self.declarations.len() * size_of::<Declaration>()
            + self.namespaces.iter().map(|name| name.len() + size_of::<Box<str>>()).sum::<usize>()
    }

    /// The name of an element, as (namespace, local name).
    #[must_use]
    pub fn name(&self, id: NodeId) -> (&str, &str) {
        self.node(id).map_or(("", ""), |node| self.expanded(node.name))
    }

    /// The parent of an element; none of the outermost.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.node(id)?.parent;
        (parent != NONE).then_some(NodeId(parent))
    }

    /// The child elements, in document order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let (first, end) = self.node(id).map_or((0, 0), |node| (id.0 + 1, node.after));
        let mut at = first;
        std::iter::from_fn(move || {
            let child = (at < end).then_some(NodeId(at))?;
            at = self.node(child)?.after;
            Some(child)
        })
    }

    /// Every element, in document order.
    pub fn elements(&self) -> impl Iterator<Item = NodeId> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// Where an element stands.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Span {
        let Some(node) = self.node(id) else { return Span { element: 0..0, content: 0..0, empty_tag: true } };
        Span {
            element: at(node.start)..at(node.end),
            content: at(node.open)..at(node.close),
            empty_tag: node.open == node.end,
        }
    }

    /// Where the value of an attribute stands, without its quotes.
    #[must_use]
    pub fn attribute(&self, id: NodeId, name: &Name) -> Option<Range<usize>> {
        let key = self.key(name)?;
        self.attribute_of(id, key).map(|found| found.range())
    }

    /// Where an attribute stands, from its name to its closing quote.
    pub(crate) fn attribute_span(&self, id: NodeId, name: &Name) -> Option<Range<usize>> {
        let key = self.key(name)?;
        self.attribute_of(id, key).map(|found| at(found.start)..found.value_end() + 1)
    }

    /// The value of an attribute, references replaced.
    #[must_use]
    pub fn attribute_value<'t>(&self, text: &'t str, id: NodeId, name: &Name) -> Option<Cow<'t, str>> {
        self.attribute(id, name).and_then(|range| text.get(range)).map(escape::attribute_value)
    }

    /// The value of an attribute that is in no namespace, references replaced.
    #[must_use]
    pub fn value<'t>(&self, text: &'t str, id: NodeId, local: &str) -> Option<Cow<'t, str>> {
        // The first namespace of an index is none.
        let is_it = |found: &&Attribute| {
            self.names.get(at(found.name)).is_some_and(|name| name.namespace == 0 && &*name.local == local)
        };
        let found = self.attributes(id).iter().find(is_it)?;
        text.get(found.range()).map(escape::attribute_value)
    }

    /// The character data of an element that holds nothing else, trimmed of white space at both ends.
    #[must_use]
    pub fn text(&self, text: &str, id: NodeId) -> Option<String> {
        let raw = text.get(self.span(id).content)?.trim_matches([' ', '\t', '\r', '\n']);
        // Comments and sections are rare in values: what holds markup is left to a parser.
        (!raw.contains('<')).then(|| escape::attribute_value(raw).into_owned())
    }

    /// The name of an element as it is written.
    #[must_use]
    pub fn qualified_name<'t>(&self, text: &'t str, id: NodeId) -> &'t str {
        let tag = text.get(self.span(id).element).and_then(|tag| tag.get(1..)).unwrap_or_default();
        tag.get(..build::name_length(tag)).unwrap_or_default()
    }

    /// The namespaces in scope at an element: prefix, empty for the default, and namespace name; that of `xml` is not
    /// among them, nor is a default that has been undeclared.
    #[must_use]
    pub fn namespaces(&self, id: NodeId) -> Vec<(&str, &str)> {
        let mut scope: Vec<(&str, &str)> = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            let first = self.declarations.partition_point(|declaration| declaration.node < id.0);
            for declaration in self.declarations.iter().skip(first).take_while(|found| found.node == id.0) {
                if !scope.iter().any(|(prefix, _)| *prefix == &*declaration.prefix) {
                    scope.push((&declaration.prefix, self.namespace_name(declaration.namespace)));
                }
            }
            next = self.parent(id);
        }
        scope.retain(|(_, namespace)| !namespace.is_empty());
        scope.sort_unstable();
        scope
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(at(id.0))
    }

    fn attributes(&self, id: NodeId) -> &[Attribute] {
        let first = self.node(id).map_or(0, |node| at(node.attributes));
        let end = self.nodes.get(at(id.0) + 1).map_or(self.attributes.len(), |node| at(node.attributes));
        self.attributes.get(first..end).unwrap_or_default()
    }

    fn attribute_of(&self, id: NodeId, key: u32) -> Option<&Attribute> {
        self.attributes(id).iter().find(|attribute| attribute.name == key)
    }

    fn key(&self, name: &Name) -> Option<u32> {
        let namespace = self.namespaces.iter().position(|known| *known == name.namespace)?;
        let found =
            self.names.iter().position(|known| at(known.namespace) == namespace && known.local == name.local);
        u32::try_from(found?).ok()
    }

    fn expanded(&self, name: u32) -> (&str, &str) {
        self.names.get(at(name)).map_or(("", ""), |name| (self.namespace_name(name.namespace), &*name.local))
    }

    fn namespace_name(&self, namespace: u32) -> &str {
        self.namespaces.get(at(namespace)).map_or("", |name| name)
    }
}

/// No element.
const NONE: u32 = u32::MAX;

fn at(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
