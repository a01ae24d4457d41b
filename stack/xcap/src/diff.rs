//! What became of resources: `application/xcap-diff+xml` (RFC 5874).

mod read;
mod write;

#[cfg(test)]
mod tests;

use xml::{Raw, patch::Patch};

use crate::Etag;

/// The namespace of the document.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:xcap-diff";
/// The media type of the document.
pub const MEDIA_TYPE: &str = "application/xcap-diff+xml";

/// Changes below one XCAP root, in the order in which they were made where that matters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XcapDiff {
    /// The XCAP root that selectors are relative to.
    pub root: String,
    /// What changed.
    pub changes: Vec<Change>,
}

/// What became of one resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Of a document.
    Document(DocumentChange),
    /// Of an element in a document: its state now.
    Element(NodeChange<Raw>),
    /// Of an attribute in a document: its state now.
    Attribute(NodeChange<String>),
}

/// A document with its entity tags (RFC 5874 clause 3.2): none before means created, none now means deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentChange {
    /// Which document, relative to the root.
    pub sel: String,
    /// Its tag before.
    pub previous: Option<Etag>,
    /// Its tag now.
    pub new: Option<Etag>,
    /// What is told of its content.
    pub content: Content,
}

/// What is told of a document's content.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Content {
    /// Nothing: it has to be fetched.
    #[default]
    Untold,
    /// It is as before; only the tag is another.
    NotChanged,
    /// How it comes from the content before.
    Patched(Patch),
}

/// The state of a node in a document (RFC 5874 clauses 3.3 and 3.4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeChange<T> {
    /// Which node: document, `~~` and node selector, relative to the root.
    pub sel: String,
    /// The prefixes of the selector and what they stand for; the empty one is for names without a prefix.
    pub bindings: Vec<(String, String)>,
    /// Its state.
    pub state: State<T>,
}

/// What is told of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State<T> {
    /// It is there, and this is it.
    Is(T),
    /// It is there.
    There,
    /// It is not there.
    Gone,
}

impl XcapDiff {
    /// No changes yet.
    #[must_use]
    pub fn new(root: impl Into<String>) -> Self {
        Self { root: root.into(), changes: Vec::new() }
    }
}

impl DocumentChange {
    /// A document that was created, or is there where nothing was known of it before.
    #[must_use]
    pub fn created(sel: impl Into<String>, new: Etag) -> Self {
        Self { sel: sel.into(), previous: None, new: Some(new), content: Content::Untold }
    }

    /// A document that was deleted.
    #[must_use]
    pub fn deleted(sel: impl Into<String>, previous: Etag) -> Self {
        Self { sel: sel.into(), previous: Some(previous), new: None, content: Content::Untold }
    }

    /// A document that was replaced or modified.
    #[must_use]
    pub fn modified(sel: impl Into<String>, previous: Etag, new: Etag, content: Content) -> Self {
        Self { sel: sel.into(), previous: Some(previous), new: Some(new), content }
    }
}
