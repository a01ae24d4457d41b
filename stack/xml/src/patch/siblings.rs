//! Where nodes stand in the source.

use std::ops::Range;

use roxmltree::Node;

use super::tag::Tag;

/// Where a node stands, from its first octet to its last. A run of text ends where its next sibling begins: the tree
/// knows only its first piece where references or CDATA sections cut it.
pub(crate) fn range(node: Node<'_, '_>) -> Range<usize> {
    let own = node.range();
    if !node.is_text() {
        return own;
    }
    let end = match node.next_sibling() {
        Some(next) => next.range().start,
        None => node.parent().map_or(own.end, |parent| inner(parent).end),
    };
    own.start..end
}

/// Where an element's content stands; empty for an empty tag, whose content would have to stand before its `/>`.
pub(crate) fn inner(element: Node<'_, '_>) -> Range<usize> {
    let own = element.range();
    let source = slice(element, own.clone());
    match Tag::read(source) {
        Some(tag) if !tag.is_empty => {
            own.start + tag.end()..own.start + source.rfind("</").unwrap_or(source.len())
        }
        _ => own.end..own.end,
    }
}

pub(crate) fn source<'d>(node: Node<'d, 'd>) -> &'d str {
    slice(node, range(node))
}

pub(crate) fn slice<'d>(node: Node<'d, 'd>, range: Range<usize>) -> &'d str {
    node.document().input_text().get(range).unwrap_or_default()
}

pub(crate) fn is_white_space(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
