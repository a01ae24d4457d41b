//! One element of a parsed document, and what is asked of it.

use std::{borrow::Cow, ops::Range};

use roxmltree::Node;

use crate::{Malformed, Place, Raw, malformed::push_step};

/// An element; as cheap to copy as a reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Element<'d> {
    node: Node<'d, 'd>,
}

impl<'d> Element<'d> {
    pub(crate) fn of(node: Node<'d, 'd>) -> Self {
        Self { node }
    }

    pub(crate) fn node(self) -> Node<'d, 'd> {
        self.node
    }

    /// The local name.
    #[must_use]
    pub fn name(self) -> &'d str {
        self.node.tag_name().name()
    }

    /// The namespace name; empty where there is none.
    #[must_use]
    pub fn namespace(self) -> &'d str {
        self.node.tag_name().namespace().unwrap_or_default()
    }

    /// Whether the element has this expanded name.
    #[must_use]
    pub fn is(self, namespace: &str, name: &str) -> bool {
        self.name() == name && self.namespace() == namespace
    }

    /// The value of an attribute that is in no namespace.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        self.attributes()
            .find(|(namespace, local, _)| namespace.is_empty() && *local == name)
            .map(|(_, _, value)| value)
    }

    /// Every attribute as (namespace, local name, value); namespace declarations are not among them.
    pub fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> {
        self.node
            .attributes()
            .map(|found| (found.namespace().unwrap_or_default(), found.name(), found.value()))
    }

    /// The child elements, in document order.
    pub fn children(self) -> impl Iterator<Item = Self> {
        self.node.children().filter(Node::is_element).map(Self::of)
    }

    /// The first child element of this name.
    #[must_use]
    pub fn child(self, namespace: &str, name: &str) -> Option<Self> {
        self.children().find(|child| child.is(namespace, name))
    }

    /// The first child element of this name, which must be there.
    ///
    /// # Errors
    /// [`Malformed`] at this element when there is none.
    pub fn required(self, namespace: &str, name: &str) -> Result<Self, Malformed> {
        self.child(namespace, name)
            .ok_or_else(|| self.fault(format!("a required element is missing: {name}")))
    }

    /// The value of an attribute that must be there, in no namespace.
    ///
    /// # Errors
    /// [`Malformed`] at this element when there is none.
    pub fn required_attribute(self, name: &str) -> Result<&'d str, Malformed> {
        self.attribute(name).ok_or_else(|| self.fault(format!("a required attribute is missing: {name}")))
    }

    /// The element's own character data, without that of its children, trimmed of white space at both ends
    /// (XML Schema Part 2, 4.3.6: what `collapse` does to the simple types that bodies use).
    #[must_use]
    pub fn text(self) -> Cow<'d, str> {
        match self.untrimmed_text() {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(XML_SPACE)),
            Cow::Owned(text) => Cow::Owned(text.trim_matches(XML_SPACE).to_owned()),
        }
    }

    /// The text of an element that holds nothing else, trimmed as [`Self::text`] trims it.
    ///
    /// # Errors
    /// [`Malformed`] at this element where it has child elements: one reader would take the text beside them, another would not.
    pub fn simple_text(self) -> Result<Cow<'d, str>, Malformed> {
        match self.children().next() {
            None => Ok(self.text()),
            Some(_) => Err(self.fault("elements stand where the schema has text alone")),
        }
    }

    /// The element's own character data as it stands.
    #[must_use]
    pub fn untrimmed_text(self) -> Cow<'d, str> {
        let mut runs = self.node.children().filter(Node::is_text).filter_map(|node| node.text());
        let first = runs.next().unwrap_or_default();
        match runs.next() {
            None => Cow::Borrowed(first),
            Some(second) => Cow::Owned([first, second].into_iter().chain(runs).collect()),
        }
    }

    /// Where the element stands in [`crate::Document::text`], from `<` to `>`.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.node.range()
    }

    /// The element as bytes that mean the same in any document, to be kept and written out again.
    #[must_use]
    pub fn to_raw(self) -> Raw {
        Raw::of(self)
    }

    /// Line, column and path of the element.
    #[must_use]
    pub fn place(self) -> Place {
        let at = self.node.document().text_pos_at(self.node.range().start);
        Place { line: at.row, column: at.col, path: self.path() }
    }

    /// A fault at this element.
    #[must_use]
    pub fn fault(self, rule: impl Into<Cow<'static, str>>) -> Malformed {
        Malformed::new(self.place(), rule)
    }

    /// Local names from the root down to this element.
    #[must_use]
    pub fn path(self) -> String {
        let mut names: Vec<&str> =
            self.node.ancestors().filter(Node::is_element).map(|node| node.tag_name().name()).collect();
        names.reverse();
        let mut path = String::new();
        names.into_iter().for_each(|name| push_step(&mut path, name));
        path
    }
}

const XML_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];
