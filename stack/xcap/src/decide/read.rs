//! GET and HEAD (RFC 4825 clause 8.3): from the index, without reading the document again.

use bytes::Bytes;
use xml::index::{Hit, NodeId};

use super::{Request, Rules, check_conditions};
use crate::{Answer, Current, Node, media};

pub(super) fn get(
    rules: &Rules<'_>,
    request: &Request<'_>,
    current: Option<&Current>,
) -> Result<Answer, Answer> {
    let current = current.ok_or_else(|| Answer::phrase(404, "there is no such document"))?;
    let Some(node) = &request.target.node else {
        check_conditions(request, Some(current), true)?;
        return Ok(Answer::content(&rules.usage.media_type, current.bytes().clone(), current.etag()));
    };
    let hit = current.index().select(current.text(), &node.path);
    let hit = hit.ok_or_else(|| Answer::phrase(404, "the node selector finds nothing, or more than one"))?;
    check_conditions(request, Some(current), true)?;
    let (media_type, bytes) = content(current, hit);
    Ok(Answer::content(media_type, bytes, current.etag()))
}

/// Whether the node that a target names is there.
pub(super) fn is_there(current: &Current, node: &Node) -> bool {
    current.index().select(current.text(), &node.path).is_some()
}

fn content(current: &Current, hit: Hit) -> (&'static str, Bytes) {
    match hit {
        Hit::Element(id) => (media::ELEMENT, slice(current, current.index().span(id).element)),
        Hit::Attribute(_, range) => (media::ATTRIBUTE, slice(current, range)),
        Hit::Namespaces(id) => (media::NAMESPACES, namespaces(current, id).into()),
    }
}

fn slice(current: &Current, range: std::ops::Range<usize>) -> Bytes {
    // Ranges are those of the index of this very text.
    if range.end <= current.bytes().len() { current.bytes().slice(range) } else { Bytes::new() }
}

/// The element without attributes and content, with every namespace that is in scope (RFC 4825 clause 15.2.3).
fn namespaces(current: &Current, id: NodeId) -> String {
    let mut element = format!("<{}", current.index().qualified_name(current.text(), id));
    for (prefix, namespace) in current.index().namespaces(id) {
        element.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        element.push_str(prefix);
        element.push_str("=\"");
        element.push_str(&xml::escaped_attribute(namespace));
        element.push('"');
    }
    element.push_str("/>");
    element
}
