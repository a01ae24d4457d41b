//! Which node an operation means.

use super::Code;
use crate::path::Name;

/// A selector of RFC 5261: steps from the document down, and perhaps an attribute or namespace of the last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selector {
    /// From the document down; empty when only the terminal's element would be the document, which nothing locates.
    pub steps: Vec<Step>,
    /// What of the last step's node is meant.
    pub target: Target,
}

/// One step: those children of the nodes so far that pass the test and then each condition in turn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Which kind of child.
    pub test: Test,
    /// What must hold of it; a position counts what the conditions before it left.
    pub conditions: Vec<Condition>,
}

/// Which kind of child a step counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Test {
    /// `*`: every element.
    Any,
    /// Elements of one name.
    Name(Name),
    /// `text()`: runs of character data.
    Text,
    /// `comment()`.
    Comment,
    /// `processing-instruction('target')`, or of any target.
    Instruction(Option<Box<str>>),
}

/// A condition in brackets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// `[n]`; counts from 1.
    Position(usize),
    /// `[@name='value']`.
    Attribute(Name, Box<str>),
    /// `[name='value']`: a child element of that name has that string value.
    Child(Name, Box<str>),
    /// `[.='value']`: it has that string value itself.
    Own(Box<str>),
}

/// What of the node is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// The node itself.
    Node,
    /// `@name`: one attribute of the element.
    Attribute(Name),
    /// `namespace::prefix`: the declaration of that prefix on the element.
    Namespace(Box<str>),
}

/// Prefixes and the namespaces they stand for; the empty prefix is the default namespace.
pub(crate) type Scope<'s> = dyn Fn(&str) -> Option<String> + 's;

impl Selector {
    /// Reads a selector. A name without a prefix is in the default namespace that `scope` gives for the empty prefix,
    /// an attribute's in none (RFC 5261 clause 4.2.1).
    ///
    /// # Errors
    /// [`Code::InvalidAttributeValue`] where the grammar is left, [`Code::InvalidNamespacePrefix`] for a prefix that
    /// `scope` does not know, [`Code::UnsupportedIdFunction`].
    pub fn parse(text: &str, scope: impl Fn(&str) -> Option<String>) -> Result<Self, Code> {
        super::grammar::selector(text, &scope)
    }
}

impl Step {
    /// `*[position]`: a name is not needed to say which child, and no prefix either.
    pub(crate) fn nth(position: usize) -> Self {
        Self { test: Test::Any, conditions: vec![Condition::Position(position)] }
    }

    pub(crate) fn text() -> Self {
        Self { test: Test::Text, conditions: Vec::new() }
    }
}
