//! Why a patch cannot be read or applied. RFC 5261 clause 5

use std::fmt;

/// The error elements of RFC 5261 clause 5.1, as far as this implementation raises them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// A value of `sel`, `type`, `pos` or `ws` is not allowed, or a value cannot be an attribute's.
    InvalidAttributeValue,
    /// The patch and the document are not in the same character encoding.
    InvalidCharacterSet,
    /// The patch is not of its schema.
    InvalidDiffFormat,
    /// A prefix is not declared where the patch uses it.
    InvalidNamespacePrefix,
    /// A namespace is not declared in the document where the patch puts it.
    InvalidNamespaceUri,
    /// What is put in a node's place is not of that node's kind.
    InvalidNodeTypes,
    /// The operation cannot be done on that node.
    InvalidPatchDirective,
    /// The root element cannot be removed nor get a sibling.
    InvalidRootElementOperation,
    /// White space to be removed is not there.
    InvalidWhitespaceDirective,
    /// Only comments and processing instructions can stand beside the root element.
    InvalidXmlPrologOperation,
    /// The selector does not locate exactly one node.
    UnlocatedNode,
    /// The function `id()` is not known, since no document type declaration is read.
    UnsupportedIdFunction,
}

impl Code {
    /// The element's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidAttributeValue => "invalid-attribute-value",
            Self::InvalidCharacterSet => "invalid-character-set",
            Self::InvalidDiffFormat => "invalid-diff-format",
            Self::InvalidNamespacePrefix => "invalid-namespace-prefix",
            Self::InvalidNamespaceUri => "invalid-namespace-uri",
            Self::InvalidNodeTypes => "invalid-node-types",
            Self::InvalidPatchDirective => "invalid-patch-directive",
            Self::InvalidRootElementOperation => "invalid-root-element-operation",
            Self::InvalidWhitespaceDirective => "invalid-whitespace-directive",
            Self::InvalidXmlPrologOperation => "invalid-xml-prolog-operation",
            Self::UnlocatedNode => "unlocated-node",
            Self::UnsupportedIdFunction => "unsupported-id-function",
        }
    }
}

/// A patch that is refused as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused {
    /// Why.
    pub code: Code,
    /// The number of the operation, counted from 1; 0 where it is not one operation's fault.
    pub operation: usize,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation {
            0 => f.write_str(self.code.name()),
            number => write!(f, "operation {number}: {}", self.code.name()),
        }
    }
}

impl std::error::Error for Refused {}
