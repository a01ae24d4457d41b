//! XML patches (RFC 5261): read, written, applied to a document, and made from two versions of one.
//!
//! Applying splices the source text, so that what no operation touches keeps every byte. Selectors are the subset of
//! XPath that the schema of RFC 5261 clause 8 admits.
//!
//! ```
//! use xml::{Document, Limits, patch::{Patch, equivalent}};
//!
//! let limits = Limits::default();
//! let old = br#"<a xmlns="urn:x"><b c="1"/><d>two</d></a>"#;
//! let new = br#"<a xmlns="urn:x"><b c="2"/><d>two</d><e/></a>"#;
//! let patch = Patch::between(&Document::parse(old, &limits)?, &Document::parse(new, &limits)?);
//! let patched = patch.apply(old, &limits)?;
//! assert!(equivalent(&Document::parse(&patched, &limits)?, &Document::parse(new, &limits)?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alignment;
mod apply;
mod canonical;
mod content;
mod fit;
mod generate;
mod grammar;
mod locate;
mod read;
mod refused;
mod selector;
pub(crate) mod siblings;
pub(crate) mod tag;
mod write;

#[cfg(test)]
mod tests;

pub use canonical::equivalent;
pub use content::Content;
pub use refused::{Code, Refused};
pub use selector::{Condition, Selector, Step, Target, Test};

use crate::{Document, Element, Limits, Raw, path::Name};

/// More operations than this are not read nor made: the whole document is then the shorter message.
pub const MAX_OPERATIONS: usize = 256;

/// Operations on one document, to be applied in their order (RFC 5261 clause 4).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Patch {
    operations: Vec<Operation>,
}

/// One operation, on the node that its selector locates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    /// Which node.
    pub selector: Selector,
    /// What is done with it.
    pub action: Action,
}

/// What an operation does (RFC 5261 clauses 4.3 to 4.5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Adds nodes inside or beside the node.
    Add(Position, Content),
    /// Adds an attribute of this name and value to the element.
    AddAttribute(Name, Box<str>),
    /// Adds the declaration of this prefix as this namespace to the element.
    AddNamespace(Box<str>, Box<str>),
    /// Puts this in the node's place; of an attribute, text or namespace it is the new value.
    Replace(Content),
    /// Removes the node, and with it this much of the white space beside it.
    Remove(WhiteSpace),
}

/// Where nodes are added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Position {
    /// As the last children of the element.
    Append,
    /// As the first children of the element.
    Prepend,
    /// Right before the node, beside it.
    Before,
    /// Right after the node, beside it.
    After,
}

/// Which white space goes with a removed node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhiteSpace {
    /// None.
    Kept,
    /// The text right before it, which must be white space.
    Before,
    /// The text right after it, which must be white space.
    After,
    /// Both.
    Both,
}

impl Patch {
    /// A patch of these operations.
    #[must_use]
    pub fn new(operations: Vec<Operation>) -> Self {
        Self { operations }
    }

    /// The operations, in their order.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Octets that the operations take when they are written, about.
    #[must_use]
    pub fn octets(&self) -> usize {
        generate::octets(self)
    }

    /// Reads the `add`, `replace` and `remove` children, in the element's own namespace, of an element; other children
    /// are passed over.
    ///
    /// # Errors
    /// [`Refused`] where an operation leaves the schema of RFC 5261 clause 8, or uses a prefix that is not declared.
    pub fn read(container: Element<'_>) -> Result<Self, Refused> {
        read::patch(container)
    }

    /// The operations as elements of this namespace, each meaning the same wherever it is written.
    #[must_use]
    pub fn write(&self, namespace: &str) -> Vec<Raw> {
        self.operations.iter().filter_map(|operation| write::operation(operation, namespace)).collect()
    }

    /// Applies the operations one after the other. All of them or none.
    ///
    /// # Errors
    /// [`Refused`] with the number of the operation that cannot be applied, and RFC 5261's name for why.
    pub fn apply(&self, document: &[u8], limits: &Limits) -> Result<Vec<u8>, Refused> {
        apply::patch(self, document, limits)
    }

    /// What makes a document that is [`equivalent`] to `new` out of `old`: element by element where that is shorter and can be
    /// found out with little work, else the root element as a whole.
    #[must_use]
    pub fn between(old: &Document<'_>, new: &Document<'_>) -> Self {
        generate::between(old, new)
    }
}
