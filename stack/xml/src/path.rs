//! Node selectors: the subset of XPath that names one node of a document (RFC 4825 clause 6.3).

mod parse;

pub(crate) use parse::XML_NAMESPACE;
pub use parse::{Bindings, Invalid};

/// More steps than this no document within [`crate::Limits`] has levels.
pub const MAX_STEPS: usize = 64;

/// Octets of a selector, percent-decoded. Longer ones are refused unread.
pub const MAX_SELECTOR: usize = 8 * 1024;

/// One node selector: steps from the document down to one element, and perhaps something of that element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    /// From the root element down; never empty.
    pub steps: Vec<Step>,
    /// What of the last element is meant; the element itself where there is none.
    pub terminal: Option<Terminal>,
}

/// One step: which one child of the element that the step before has found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Of which name.
    pub test: Test,
    /// The how manieth of those of that name; counts from 1, so that 0 finds nothing.
    pub position: Option<u32>,
    /// Which attribute it must have, of which value.
    pub attribute: Option<AttributeTest>,
    /// Where the step ends in the text that was read, so that the way to an ancestor can be told.
    pub end: usize,
}

/// Which elements a step counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Test {
    /// `*`: every element.
    Any,
    /// Those of one name.
    Name(Name),
}

/// An expanded name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Name {
    /// The namespace name; empty where there is none.
    pub namespace: Box<str>,
    /// The local name.
    pub local: Box<str>,
}

impl Name {
    /// A name in a namespace; an empty one is none.
    #[must_use]
    pub fn new(namespace: impl Into<Box<str>>, local: impl Into<Box<str>>) -> Self {
        Self { namespace: namespace.into(), local: local.into() }
    }
}

/// A test of one attribute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributeTest {
    /// Of which name; without a prefix it is in no namespace.
    pub name: Name,
    /// The value, references replaced and white space normalized (XML 1.0 clause 3.3.3).
    pub value: Box<str>,
}

/// What of an element is selected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Terminal {
    /// `@name`: one attribute.
    Attribute(Name),
    /// `namespace::*`: the namespaces in scope.
    Namespaces,
}

impl Path {
    /// Reads a selector, percent-decoded, a leading `/` passed over.
    ///
    /// # Errors
    /// [`Invalid`] where the grammar of RFC 4825 clause 6.3 is left (an extension selector included), a prefix is not
    /// bound, or a bound is passed.
    ///
    /// ```
    /// use xml::path::{Bindings, Path};
    /// let path = Path::parse(r#"group/list-service[1][@uri="sip:a@b"]/@uri"#, &Bindings::default())?;
    /// assert_eq!((path.steps.len(), path.terminal.is_some()), (2, true));
    /// # Ok::<(), xml::path::Invalid>(())
    /// ```
    pub fn parse(selector: &str, bindings: &Bindings<'_>) -> Result<Self, Invalid> {
        parse::path(selector, bindings)
    }

    /// The same path without its terminal: the element.
    #[must_use]
    pub fn element(&self) -> Self {
        Self { steps: self.steps.clone(), terminal: None }
    }
}
