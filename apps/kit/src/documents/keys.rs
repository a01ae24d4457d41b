//! By which keys the store holds documents, and the values that are in use once.

use bytes::Bytes;
use xcap::{Target, Tree};

/// The keys of one entity's documents. Segments hold no `/`, so a key says one target only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// Before the keys of all documents.
    #[must_use]
    pub fn documents(&self) -> String {
        format!("{}document/", self.prefix)
    }

    /// The key of a target's document.
    #[must_use]
    pub fn document(&self, target: &Target) -> Bytes {
        let tree = match &target.tree {
            Tree::Global => "global".to_owned(),
            Tree::User(xui) => format!("users/{xui}"),
        };
        format!("{}document/{}/{tree}/{}", self.prefix, target.auid, target.document).into()
    }

    /// Before the keys of one user's documents of one usage.
    #[must_use]
    pub fn user(&self, auid: &str, xui: &str) -> String {
        format!("{}document/{auid}/users/{xui}/", self.prefix)
    }

    /// Before the keys of all users' documents of one usage.
    pub(super) fn users(&self, auid: &str) -> String {
        format!("{}document/{auid}/users/", self.prefix)
    }

    /// The target of a document's key; none where the key is another's.
    #[must_use]
    pub fn target(&self, key: &[u8]) -> Option<Target> {
        let rest = std::str::from_utf8(key).ok()?.strip_prefix(&self.documents())?;
        let (auid, rest) = rest.split_once('/')?;
        let (tree, document) = match rest.split_once('/')? {
            ("global", document) => (Tree::Global, document),
            ("users", rest) => {
                let (xui, document) = rest.split_once('/')?;
                (Tree::User(xui.to_owned()), document)
            }
            _ => return None,
        };
        Some(Target { auid: auid.to_owned(), tree, document: document.to_owned(), node: None })
    }

    /// The key of a value that is in use once. It holds the key of the document that has it.
    pub(super) fn claim(&self, auid: &str, value: &str) -> Bytes {
        format!("{}claim/{auid}/{value}", self.prefix).into()
    }
}
