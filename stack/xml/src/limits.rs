//! How much of a peer's document is read at all.

/// Bounds on one document. Each is checked before the memory that it bounds is spent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Octets of the whole document.
    pub size: usize,
    /// Levels of elements, the root being the first.
    pub depth: usize,
    /// Nodes of the tree: elements, runs of text, comments, processing instructions.
    pub nodes: u32,
    /// Attributes and namespace declarations on one element.
    pub attributes: usize,
    /// Namespace declarations in the whole document, since each element that declares one copies those above it.
    pub namespaces: usize,
    /// Octets of one namespace name, since [`crate::Raw`] copies those that it inherits.
    pub namespace_name: usize,
    /// Octets of one name of an element or an attribute, prefix and all: names are kept, compared and shown.
    pub name: usize,
}

impl Limits {
    /// What a message body may be.
    pub const DEFAULT: Self = Self {
        size: 256 * 1024,
        depth: 64,
        nodes: 20_000,
        attributes: 64,
        namespaces: 256,
        namespace_name: 256,
        name: 256,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
