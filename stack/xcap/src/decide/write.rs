//! PUT (RFC 4825 clause 8.2).

use xml::{
    Document, Index,
    edit::{self, Fragment, Refused, Spliced},
    path::Terminal,
};

use super::{Request, Rules, body, check_conditions, read};
use crate::{Answer, Commit, Current, Node, Target, XcapError, media};

pub(super) fn put(
    rules: &Rules<'_>,
    request: &Request<'_>,
    current: Option<&Current>,
) -> Result<Commit, Answer> {
    match &request.target.node {
        None => document(rules, request, current),
        Some(node) => part(rules, request, current, node),
    }
}

fn document(rules: &Rules<'_>, request: &Request<'_>, current: Option<&Current>) -> Result<Commit, Answer> {
    may_be_there(rules, request.target)?;
    let text = body::text(request, &rules.usage.media_type, rules.limits)?;
    check_conditions(request, current, current.is_some())?;
    let document =
        Document::parse(text.as_bytes(), rules.limits).map_err(|fault| body::unreadable(&fault))?;
    let index = Index::of(&document);
    let claims = body::valid(rules, request, &document, &index)?;
    Ok(Commit::Put {
        text: document.text().to_owned(),
        index: Box::new(index),
        created: current.is_none(),
        claims,
    })
}

/// Clause 8.2.1: the folder of a new document is there; clause 5.5: its name follows the convention.
fn may_be_there(rules: &Rules<'_>, target: &Target) -> Result<(), Answer> {
    let documents = rules.usage.documents(&target.tree);
    if documents.is_some_and(|documents| documents.allow(&target.document)) {
        return Ok(());
    }
    Err(Answer::from(if documents.is_some_and(|documents| documents.has_folder_of(&target.document)) {
        XcapError::Constraint(Some("the document's name is not one of the application usage".to_owned()))
    } else {
        let phrase = format!("{}: there is no such folder", target.selector());
        // Clause 11.2 wants a point at which something can be inserted: in a tree without documents there is none.
        let ancestor = documents.map(|_| target.home(rules.root));
        XcapError::NoParent { phrase: Some(phrase), ancestor }
    }))
}

fn part(
    rules: &Rules<'_>,
    request: &Request<'_>,
    current: Option<&Current>,
    node: &Node,
) -> Result<Commit, Answer> {
    let current = current.ok_or_else(|| {
        let phrase = Some(format!("{}: there is no such document", request.target.selector()));
        Answer::from(XcapError::NoParent { phrase, ancestor: Some(request.target.home(rules.root)) })
    })?;
    let is_attribute = matches!(node.path.terminal, Some(Terminal::Attribute(_)));
    let media_type = if is_attribute { media::ATTRIBUTE } else { media::ELEMENT };
    let body = body::text(request, media_type, rules.limits)?;
    check_conditions(request, Some(current), read::is_there(current, node))?;
    let (spliced, blame) = if is_attribute {
        (attribute(current, node, body), XcapError::NotXmlAttributeValue as fn(Option<String>) -> XcapError)
    } else {
        (element(rules, current, node, body), XcapError::NotXmlFragment as fn(Option<String>) -> XcapError)
    };
    let spliced = spliced.map_err(|why| why.answer(rules, request, node))?;
    if spliced.text.len() > rules.limits.size {
        return Err(Answer::phrase(413, format!("a document has at most {} octets", rules.limits.size)));
    }
    // What was kept is well-formed, so what is not now is so by what was put.
    let document = Document::parse(spliced.text.as_bytes(), rules.limits)
        .map_err(|fault| Answer::from(blame(Some(fault.to_string()))))?;
    let index = Index::of(&document);
    if !spliced.keeps(&index, &node.path) {
        let phrase = format!("{}: would not find what was put", node.selector);
        return Err(XcapError::CannotInsert(Some(phrase)).into());
    }
    let claims = body::valid(rules, request, &document, &index)?;
    let created = spliced.created;
    drop(document);
    Ok(Commit::Put { text: spliced.text, index: Box::new(index), created, claims })
}

enum Why {
    Body(XcapError),
    Place(Refused),
}

impl Why {
    fn answer(self, rules: &Rules<'_>, request: &Request<'_>, node: &Node) -> Answer {
        Answer::from(match self {
            Self::Body(error) => error,
            Self::Place(Refused::NoParent { found }) => XcapError::NoParent {
                phrase: Some(format!("{}: the element in which it would stand is not there", node.selector)),
                ancestor: Some(request.target.ancestor(rules.root, found)),
            },
            Self::Place(_) => XcapError::CannotInsert(Some(format!("{}: names no place", node.selector))),
        })
    }
}

fn element(rules: &Rules<'_>, current: &Current, node: &Node, body: &str) -> Result<Spliced, Why> {
    let fragment = Fragment::parse(body, rules.limits)
        .map_err(|fault| Why::Body(XcapError::NotXmlFragment(Some(fault.to_string()))))?;
    edit::put_element(current.text(), current.index(), &node.path, &fragment).map_err(Why::Place)
}

fn attribute(current: &Current, node: &Node, body: &str) -> Result<Spliced, Why> {
    let value = edit::attribute_value(body)
        .map_err(|fault| Why::Body(XcapError::NotXmlAttributeValue(Some(fault.to_string()))))?;
    edit::put_attribute(current.text(), current.index(), &node.path, &value).map_err(Why::Place)
}
