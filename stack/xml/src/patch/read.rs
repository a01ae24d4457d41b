//! Reading operations. RFC 5261 clause 8

use roxmltree::Node;

use super::{
    Action, Code, Content, MAX_OPERATIONS, Operation, Patch, Position, Refused, WhiteSpace,
    content::bound,
    grammar,
    selector::{Selector, Target},
    siblings,
};
use crate::Element;

pub(crate) fn patch(container: Element<'_>) -> Result<Patch, Refused> {
    let mut operations = Vec::new();
    let own = container.children().filter(|child| child.namespace() == container.namespace());
    for child in own.filter(|child| matches!(child.name(), "add" | "replace" | "remove")) {
        let refused = |code| Refused { code, operation: operations.len() + 1 };
        if operations.len() == MAX_OPERATIONS {
            return Err(refused(Code::InvalidDiffFormat));
        }
        let read = operation(child).map_err(refused)?;
        operations.push(read);
    }
    Ok(Patch::new(operations))
}

fn operation(element: Element<'_>) -> Result<Operation, Code> {
    let node = element.node();
    let scope = |prefix: &str| namespace(node, prefix);
    let selector = element.attribute("sel").ok_or(Code::InvalidDiffFormat)?;
    let selector = Selector::parse(selector.trim(), scope)?;
    let content = || Content::of(siblings::slice(node, siblings::inner(node)), node);
    let action = match element.name() {
        "add" => add(element, &selector, content(), &scope)?,
        "replace" => Action::Replace(content()),
        _ => Action::Remove(white_space(element)?),
    };
    Ok(Operation { selector, action })
}

fn namespace(node: Node<'_, '_>, prefix: &str) -> Option<String> {
    match prefix {
        "xml" => Some(crate::path::XML_NAMESPACE.to_owned()),
        _ => bound(node, prefix).map(str::to_owned),
    }
}

fn add(
    element: Element<'_>,
    selector: &Selector,
    content: Content,
    scope: &super::selector::Scope<'_>,
) -> Result<Action, Code> {
    if selector.target != Target::Node {
        return Err(Code::InvalidAttributeValue);
    }
    let Some(kind) = element.attribute("type") else {
        return Ok(Action::Add(position(element)?, content));
    };
    if element.attribute("pos").is_some() {
        return Err(Code::InvalidPatchDirective);
    }
    let value = content.value()?.ok_or(Code::InvalidAttributeValue)?;
    match grammar::target(kind, scope)? {
        Target::Attribute(name) => Ok(Action::AddAttribute(name, value.into())),
        Target::Namespace(prefix) => Ok(Action::AddNamespace(prefix, value.trim().into())),
        Target::Node => Err(Code::InvalidAttributeValue),
    }
}

fn position(element: Element<'_>) -> Result<Position, Code> {
    match element.attribute("pos") {
        None => Ok(Position::Append),
        Some("prepend") => Ok(Position::Prepend),
        Some("before") => Ok(Position::Before),
        Some("after") => Ok(Position::After),
        Some(_) => Err(Code::InvalidAttributeValue),
    }
}

fn white_space(element: Element<'_>) -> Result<WhiteSpace, Code> {
    match element.attribute("ws") {
        None => Ok(WhiteSpace::Kept),
        Some("before") => Ok(WhiteSpace::Before),
        Some("after") => Ok(WhiteSpace::After),
        Some("both") => Ok(WhiteSpace::Both),
        Some(_) => Err(Code::InvalidAttributeValue),
    }
}
