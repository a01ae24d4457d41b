//! Finding the one node that a selector means. RFC 5261 clause 4.1

use roxmltree::Node;

use super::{
    Code,
    selector::{Condition, Selector, Step, Test},
};
use crate::path::Name;

/// The node of the last step; the attribute or namespace of it is the caller's to find.
///
/// # Errors
/// [`Code::UnlocatedNode`] where there is not exactly one.
pub(crate) fn node<'d>(root: Node<'d, 'd>, selector: &Selector) -> Result<Node<'d, 'd>, Code> {
    let mut found = vec![root];
    for step in &selector.steps {
        found = found.into_iter().flat_map(|parent| children(parent, step)).collect();
    }
    match found.as_slice() {
        [one] if !one.is_root() => Ok(*one),
        _ => Err(Code::UnlocatedNode),
    }
}

fn children<'d>(parent: Node<'d, 'd>, step: &Step) -> Vec<Node<'d, 'd>> {
    let mut nodes: Vec<_> = parent.children().filter(|node| passes(*node, &step.test)).collect();
    for condition in &step.conditions {
        match condition {
            Condition::Position(position) => {
                let one = position.checked_sub(1).and_then(|index| nodes.get(index).copied());
                nodes = one.into_iter().collect();
            }
            _ => nodes.retain(|node| holds(*node, condition)),
        }
    }
    nodes
}

fn passes(node: Node<'_, '_>, test: &Test) -> bool {
    match test {
        Test::Any => node.is_element(),
        Test::Name(name) => node.is_element() && is(node, name),
        Test::Text => node.is_text(),
        Test::Comment => node.is_comment(),
        Test::Instruction(target) => {
            node.pi().is_some_and(|pi| target.as_deref().is_none_or(|target| target == pi.target))
        }
    }
}

fn holds(node: Node<'_, '_>, condition: &Condition) -> bool {
    match condition {
        Condition::Position(_) => false,
        Condition::Attribute(name, value) => attribute(node, name) == Some(value),
        Condition::Child(name, value) => node
            .children()
            .filter(|child| child.is_element() && is(*child, name))
            .any(|child| has_value(child, value)),
        Condition::Own(value) => has_value(node, value),
    }
}

fn is(node: Node<'_, '_>, name: &Name) -> bool {
    let tag = node.tag_name();
    tag.name() == &*name.local && tag.namespace().unwrap_or_default() == &*name.namespace
}

pub(crate) fn attribute<'d>(node: Node<'d, 'd>, name: &Name) -> Option<&'d str> {
    let found = node.attributes().find(|attribute| {
        attribute.name() == &*name.local && attribute.namespace().unwrap_or_default() == &*name.namespace
    });
    found.map(|attribute| attribute.value())
}

/// Compares the string value (XPath 1.0 clause 5.2) piece by piece, stopping at the first that differs.
fn has_value(node: Node<'_, '_>, value: &str) -> bool {
    let mut rest = value;
    for text in node.descendants().filter(Node::is_text).filter_map(|node| node.text()) {
        match rest.strip_prefix(text) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}
