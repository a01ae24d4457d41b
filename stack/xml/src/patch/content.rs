//! What an operation puts into a document: nodes as written in the patch, made to mean the same where they go.

use std::{fmt, sync::Arc};

use roxmltree::{Document as Tree, Node};

use super::{
    Code,
    fit::{Edit, edits},
    siblings,
};
use crate::escape;

/// Declarations: prefix and namespace; the empty prefix is the default namespace. Whatever stands among the same ones shares them.
pub(crate) type Scope = Arc<[(Box<str>, Box<str>)]>;

/// Nodes as source text, with the declarations that were in scope around them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Content {
    source: Box<str>,
    scope: Scope,
}

/// Lengths only: content may be personal.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} octets)", self.source.len())
    }
}

impl Content {
    /// Character data.
    #[must_use]
    pub fn text(value: &str) -> Self {
        let mut source = String::with_capacity(value.len());
        escape::text(&mut source, value);
        Self::standalone(&source)
    }

    /// Source text out of a parsed document, at a place where the declarations of `around` are in scope.
    pub(crate) fn of(source: &str, around: Node<'_, '_>) -> Self {
        Self::among(source, scope(around))
    }

    pub(crate) fn among(source: &str, scope: Scope) -> Self {
        Self { source: source.into(), scope }
    }

    pub(crate) fn standalone(source: &str) -> Self {
        Self { source: source.into(), scope: Scope::default() }
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn scope(&self) -> &[(Box<str>, Box<str>)] {
        &self.scope
    }

    /// Runs `work` on the nodes, children of an element made around them.
    pub(crate) fn nodes<R>(&self, work: impl FnOnce(Node<'_, '_>) -> R) -> Result<R, Code> {
        let mut wrapped = String::with_capacity(self.source.len() + 64 * self.scope.len() + 16);
        wrapped.push_str("<w");
        for (prefix, namespace) in self.scope.iter() {
            wrapped.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            wrapped.push_str(prefix);
            wrapped.push_str("=\"");
            escape::attribute(&mut wrapped, namespace);
            wrapped.push('"');
        }
        wrapped.push('>');
        wrapped.push_str(&self.source);
        wrapped.push_str("</w>");
        let tree = Tree::parse(&wrapped).map_err(|_| Code::InvalidDiffFormat)?;
        Ok(work(tree.root_element()))
    }

    /// The character data, when there is nothing else.
    pub(crate) fn value(&self) -> Result<Option<String>, Code> {
        self.nodes(|around| {
            around.children().map(|node| node.text().filter(|_| node.is_text())).collect::<Option<String>>()
        })
    }

    /// The nodes as source text that means the same below `parent` (RFC 5261 clause 4.2.3): a prefix that stands for
    /// another namespace there is exchanged for one that stands for the same.
    ///
    /// # Errors
    /// [`Code::InvalidNamespaceUri`] where no prefix in scope does.
    pub(crate) fn fitted(&self, parent: Node<'_, '_>) -> Result<String, Code> {
        self.nodes(|around| {
            let source = around.document().input_text();
            Ok(edited(source, siblings::inner(around), edits(around, parent)?))
        })?
    }
}

/// The declarations that are in scope at a node.
pub(crate) fn scope(node: Node<'_, '_>) -> Scope {
    let declared = node.namespaces().filter(|namespace| namespace.name() != Some("xml"));
    declared.map(|namespace| (namespace.name().unwrap_or_default().into(), namespace.uri().into())).collect()
}

/// The namespace that a prefix stands for at a node; the document node declares nothing.
pub(crate) fn bound<'d>(node: Node<'d, 'd>, prefix: &str) -> Option<&'d str> {
    if !node.is_element() {
        return None;
    }
    let uri =
        if prefix.is_empty() { node.default_namespace() } else { node.lookup_namespace_uri(Some(prefix)) };
    uri.filter(|uri| !uri.is_empty())
}

pub(crate) fn spell(prefix: &str, local: &str) -> String {
    if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
}

fn edited(source: &str, within: std::ops::Range<usize>, mut edits: Vec<Edit>) -> String {
    edits.sort_unstable();
    let mut out = String::with_capacity(within.len());
    let mut from = within.start;
    for (at, length, text) in edits {
        out.push_str(source.get(from..at).unwrap_or_default());
        out.push_str(&text);
        from = at + length;
    }
    out.push_str(source.get(from..within.end).unwrap_or_default());
    out
}
