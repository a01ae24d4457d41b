//! When two documents say the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use roxmltree::Node;

use crate::Document;

/// Whether two documents differ only in what Canonical XML removes or orders (order of attributes, kind of quotes,
/// CDATA sections, references, empty tags), in the prefixes of names, or outside the root element.
#[must_use]
pub fn equivalent(one: &Document<'_>, other: &Document<'_>) -> bool {
    same(one.root().node(), other.root().node())
}

/// Compares two subtrees without recursion: node by node in document order, with as many children each.
pub(crate) fn same(one: Node<'_, '_>, other: Node<'_, '_>) -> bool {
    let mut others = other.descendants();
    for node in one.descendants() {
        let Some(twin) = others.next() else { return false };
        if !alike(node, twin) || node.children().count() != twin.children().count() {
            return false;
        }
    }
    others.next().is_none()
}

/// A number that is equal for subtrees that are the same.
pub(crate) fn digest(node: Node<'_, '_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for node in node.descendants() {
        let name = node.tag_name();
        (name.namespace().unwrap_or_default(), name.name()).hash(&mut hasher);
        sorted(node).hash(&mut hasher);
        (node.is_element(), node.text(), node.children().count()).hash(&mut hasher);
        if let Some(pi) = node.pi() {
            (pi.target, pi.value).hash(&mut hasher);
        }
    }
    hasher.finish()
}

fn alike(one: Node<'_, '_>, other: Node<'_, '_>) -> bool {
    one.node_type() == other.node_type()
        && one.tag_name().name() == other.tag_name().name()
        && one.tag_name().namespace().unwrap_or_default() == other.tag_name().namespace().unwrap_or_default()
        && one.pi() == other.pi()
        // An element's text is its first child's, which is compared for itself.
        && (one.is_element() || one.text() == other.text())
        && sorted(one) == sorted(other)
}

fn sorted<'d>(node: Node<'d, 'd>) -> Vec<(&'d str, &'d str, &'d str)> {
    let mut attributes: Vec<_> = node
        .attributes()
        .map(|attribute| (attribute.namespace().unwrap_or_default(), attribute.name(), attribute.value()))
        .collect();
    attributes.sort_unstable();
    attributes
}
