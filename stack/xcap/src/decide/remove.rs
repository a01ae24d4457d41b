//! DELETE (RFC 4825 clause 8.4).

use xml::{Document, Index, edit};

use super::{Request, Rules, body, check_conditions};
use crate::{Answer, Commit, Current, XcapError};

pub(super) fn delete(
    rules: &Rules<'_>,
    request: &Request<'_>,
    current: Option<&Current>,
) -> Result<Commit, Answer> {
    let Some(current) = current else {
        // RFC 9110 clause 13.1.1: If-Match of what is not there fails.
        check_conditions(request, None, false)?;
        return Err(Answer::phrase(404, "there is no such document"));
    };
    let Some(node) = &request.target.node else {
        check_conditions(request, Some(current), true)?;
        return Ok(Commit::Delete);
    };
    let spliced = edit::delete(current.text(), current.index(), &node.path)
        .map_err(|_| Answer::phrase(404, "the node selector finds nothing, or more than one"))?;
    check_conditions(request, Some(current), true)?;
    // Nothing but the outermost element can be missed by the grammar of XML.
    let document = Document::parse(spliced.text.as_bytes(), rules.limits)
        .map_err(|fault| Answer::from(XcapError::SchemaValidation(Some(fault.to_string()))))?;
    let index = Index::of(&document);
    if spliced.still_finds(&index, &node.path) {
        let phrase = format!("{}: would find another node afterwards", node.selector);
        return Err(XcapError::CannotDelete(Some(phrase)).into());
    }
    let claims = body::valid(rules, request, &document, &index)?;
    drop(document);
    Ok(Commit::Put { text: spliced.text, index: Box::new(index), created: false, claims })
}
