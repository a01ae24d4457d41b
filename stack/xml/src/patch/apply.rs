//! Applying operations: each becomes one splice of the source. RFC 5261 clauses 4.3 to 4.5

use std::ops::Range;

use roxmltree::{Node, NodeType};

use super::{
    Action, Code, Content, Operation, Patch, Position, Refused, WhiteSpace,
    content::{bound, spell},
    locate,
    selector::Target,
    siblings,
    tag::{Piece, Tag},
};
use crate::{Document, Limits, escape, path::Name};

const BYTE_ORDER_MARK: &str = "\u{feff}";

pub(crate) fn patch(patch: &Patch, document: &[u8], limits: &Limits) -> Result<Vec<u8>, Refused> {
    let text = std::str::from_utf8(document)
        .map_err(|_| Refused { code: Code::InvalidCharacterSet, operation: 0 })?;
    let mark = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK } else { "" };
    let mut text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).to_owned();
    let refused = |code, number: usize| Refused { code, operation: number };
    let mut left = Code::InvalidPatchDirective;
    for (number, operation) in patch.operations().iter().enumerate() {
        let document = Document::parse(text.as_bytes(), limits).map_err(|_| refused(left, number))?;
        let splice = plan(document.root().node().document().root(), operation);
        let splice = splice.map_err(|code| refused(code, number + 1))?;
        drop(document);
        if text.get(splice.range.clone()).is_none() {
            return Err(refused(Code::InvalidPatchDirective, number + 1));
        }
        text.replace_range(splice.range, &splice.text);
        left = spoils_as(operation);
    }
    // What the last operation left must be a document too.
    Document::parse(text.as_bytes(), limits).map_err(|_| refused(left, patch.operations().len()))?;
    Ok([mark, &text].concat().into_bytes())
}

/// What is wrong with an operation that leaves no document.
fn spoils_as(operation: &Operation) -> Code {
    let of_namespaces = matches!(operation.selector.target, Target::Namespace(_))
        || matches!(operation.action, Action::AddNamespace(..));
    if of_namespaces { Code::InvalidNamespacePrefix } else { Code::InvalidPatchDirective }
}

/// What stands in place of a part of the source.
struct Splice {
    range: Range<usize>,
    text: String,
}

fn plan(root: Node<'_, '_>, operation: &Operation) -> Result<Splice, Code> {
    let node = locate::node(root, &operation.selector)?;
    match (&operation.action, &operation.selector.target) {
        (Action::Add(position, content), Target::Node) => add(node, *position, content),
        (Action::AddAttribute(name, value), Target::Node) => add_attribute(node, name, value),
        (Action::AddNamespace(prefix, namespace), Target::Node) => add_namespace(node, prefix, namespace),
        (Action::Replace(content), Target::Node) => replace(node, content),
        (Action::Replace(content), target) => replace_piece(node, target, content),
        (Action::Remove(white_space), Target::Node) => remove(node, *white_space),
        (Action::Remove(WhiteSpace::Kept), target) => remove_piece(node, target),
        (Action::Remove(_), _) => Err(Code::InvalidWhitespaceDirective),
        _ => Err(Code::InvalidPatchDirective),
    }
}

fn add(node: Node<'_, '_>, position: Position, content: &Content) -> Result<Splice, Code> {
    match position {
        Position::Before | Position::After => {
            let parent = node.parent().ok_or(Code::UnlocatedNode)?;
            if parent.is_root() {
                beside_root(content)?;
            }
            let range = siblings::range(node);
            let at = if position == Position::Before { range.start } else { range.end };
            Ok(Splice { range: at..at, text: content.fitted(parent)? })
        }
        Position::Append | Position::Prepend => {
            let (tag, source, start) = element(node)?;
            let text = content.fitted(node)?;
            if tag.is_empty {
                let name = source.get(tag.name.clone()).unwrap_or_default();
                return Ok(Splice {
                    range: start + tag.close..start + tag.end(),
                    text: format!(">{text}</{name}>"),
                });
            }
            let inner = siblings::inner(node);
            let at = if position == Position::Append { inner.end } else { inner.start };
            Ok(Splice { range: at..at, text })
        }
    }
}

/// XML 1.0 2.1: the document has one root element, and no text beside it.
fn beside_root(content: &Content) -> Result<(), Code> {
    content.nodes(|around| {
        for node in around.children() {
            match node.node_type() {
                NodeType::Element => return Err(Code::InvalidRootElementOperation),
                NodeType::Text if !siblings::is_white_space(node.text().unwrap_or_default()) => {
                    return Err(Code::InvalidXmlPrologOperation);
                }
                _ => {}
            }
        }
        Ok(())
    })?
}

fn element<'d>(node: Node<'d, 'd>) -> Result<(Tag, &'d str, usize), Code> {
    if !node.is_element() {
        return Err(Code::InvalidPatchDirective);
    }
    let source = siblings::source(node);
    let tag = Tag::read(source).ok_or(Code::InvalidPatchDirective)?;
    Ok((tag, source, node.range().start))
}

fn add_attribute(node: Node<'_, '_>, name: &Name, value: &str) -> Result<Splice, Code> {
    let (tag, _, start) = element(node)?;
    if locate::attribute(node, name).is_some() {
        return Err(Code::InvalidPatchDirective);
    }
    let prefix = if name.namespace.is_empty() { "" } else { prefix_for(node, &name.namespace)? };
    Ok(attribute_at(start + end_of_attributes(&tag), &spell(prefix, &name.local), value))
}

fn prefix_for<'d>(node: Node<'d, 'd>, namespace: &str) -> Result<&'d str, Code> {
    let named = node
        .namespaces()
        .filter(|declared| declared.uri() == namespace)
        .filter_map(|declared| declared.name());
    let mut prefixes: Vec<_> = named.filter(|prefix| bound(node, prefix) == Some(namespace)).collect();
    prefixes.sort_unstable();
    prefixes.first().copied().ok_or(Code::InvalidNamespaceUri)
}

fn add_namespace(node: Node<'_, '_>, prefix: &str, namespace: &str) -> Result<Splice, Code> {
    let (tag, source, start) = element(node)?;
    if namespace.is_empty() {
        return Err(Code::InvalidNamespaceUri);
    }
    if tag.declaration(source, prefix).is_some() {
        return Err(Code::InvalidPatchDirective);
    }
    Ok(attribute_at(start + end_of_attributes(&tag), &format!("xmlns:{prefix}"), namespace))
}

fn end_of_attributes(tag: &Tag) -> usize {
    tag.attributes.last().map_or(tag.name.end, |piece| piece.all.end)
}

fn attribute_at(at: usize, name: &str, value: &str) -> Splice {
    let mut text = format!(" {name}=\"");
    escape::attribute(&mut text, value);
    text.push('"');
    Splice { range: at..at, text }
}

fn replace(node: Node<'_, '_>, content: &Content) -> Result<Splice, Code> {
    let range = siblings::range(node);
    if node.is_text() {
        content.value()?.ok_or(Code::InvalidNodeTypes)?;
        return Ok(Splice { range, text: content.source().to_owned() });
    }
    let one = only(content, node.node_type())?;
    let parent = node.parent().ok_or(Code::UnlocatedNode)?;
    Ok(Splice { range, text: one.fitted(parent)? })
}

/// The one node of this kind that the content is, white space around it passed over.
fn only(content: &Content, kind: NodeType) -> Result<Content, Code> {
    content.nodes(|around| {
        let is_space =
            |node: &Node<'_, '_>| node.is_text() && siblings::is_white_space(node.text().unwrap_or_default());
        let mut nodes = around.children().filter(|node| !is_space(node));
        match (nodes.next(), nodes.next()) {
            (Some(one), None) if one.node_type() == kind => Ok(Content::of(siblings::source(one), around)),
            _ => Err(Code::InvalidNodeTypes),
        }
    })?
}

fn replace_piece(node: Node<'_, '_>, target: &Target, content: &Content) -> Result<Splice, Code> {
    let (tag, source, start) = element(node)?;
    let piece = piece(node, &tag, source, target)?;
    let value = content.value()?.ok_or(Code::InvalidAttributeValue)?;
    if value.is_empty() && matches!(target, Target::Namespace(_)) {
        return Err(Code::InvalidNamespaceUri);
    }
    let mut text = String::from("\"");
    escape::attribute(&mut text, &value);
    text.push('"');
    // The quotes go too: the old ones may be of the kind that the new value holds.
    Ok(Splice { range: start + piece.value.start - 1..start + piece.value.end + 1, text })
}

fn remove_piece(node: Node<'_, '_>, target: &Target) -> Result<Splice, Code> {
    let (tag, source, start) = element(node)?;
    let piece = piece(node, &tag, source, target)?;
    Ok(Splice { range: start + piece.all.start..start + piece.all.end, text: String::new() })
}

/// The attribute or declaration as it stands in the start tag.
fn piece<'t>(node: Node<'_, '_>, tag: &'t Tag, source: &str, target: &Target) -> Result<&'t Piece, Code> {
    let found = match target {
        Target::Node => None,
        Target::Namespace(prefix) => tag.declaration(source, prefix),
        Target::Attribute(name) => tag.attribute(source, node, &name.namespace, &name.local),
    };
    found.ok_or(Code::UnlocatedNode)
}

fn remove(node: Node<'_, '_>, white_space: WhiteSpace) -> Result<Splice, Code> {
    if node.is_element() && node.parent().is_some_and(|parent| parent.is_root()) {
        return Err(Code::InvalidRootElementOperation);
    }
    if node.is_text() && white_space != WhiteSpace::Kept {
        return Err(Code::InvalidWhitespaceDirective);
    }
    let mut range = siblings::range(node);
    if matches!(white_space, WhiteSpace::Before | WhiteSpace::Both) {
        range.start = space(node.prev_sibling())?.start;
    }
    if matches!(white_space, WhiteSpace::After | WhiteSpace::Both) {
        range.end = space(node.next_sibling())?.end;
    }
    Ok(Splice { range, text: String::new() })
}

fn space(node: Option<Node<'_, '_>>) -> Result<Range<usize>, Code> {
    let text =
        node.filter(|node| node.is_text() && siblings::is_white_space(node.text().unwrap_or_default()));
    text.map(siblings::range).ok_or(Code::InvalidWhitespaceDirective)
}
