//! Attributes: their values are replaced, added and deleted in place.

use super::{Refused, Spliced, splice, splice_between};
use crate::{
    Index, Malformed, Place, escape,
    index::{Hit, NodeId},
    path::{Name, Path, Terminal, XML_NAMESPACE},
};

/// The value of an attribute, checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttValue<'v> {
    /// Between the quotes.
    text: &'v str,
}

/// Reads the body of a request for an attribute: a value as it stands between quotes, or with its quotes
/// (RFC 4825 clause 15.2.2, XML 1.0 clause 2.3 AttValue; clients send both).
///
/// # Errors
/// [`Malformed`] with the place, where it holds `<`, an `&` that begins no reference, or both kinds of quotes.
pub fn attribute_value(body: &str) -> Result<AttValue<'_>, Malformed> {
    let quoted = |quote: char| body.strip_prefix(quote)?.strip_suffix(quote);
    let text = quoted('"').or_else(|| quoted('\'')).unwrap_or(body);
    let fault = |at: usize, rule: &'static str| Err(Malformed::new(Place::of_offset(text, at), rule));
    for (at, c) in text.char_indices() {
        match c {
            '<' => return fault(at, "an attribute value holds <"),
            '&' if escape::reference(text.get(at..).unwrap_or_default()).is_none() => {
                return fault(at, "an attribute value holds & that begins no reference");
            }
            _ if !escape::allowed(c) => return fault(at, "a character is not allowed in XML"),
            _ => {}
        }
    }
    if text.contains('"') && text.contains('\'') {
        return fault(0, "an attribute value holds both kinds of quotes");
    }
    Ok(AttValue { text })
}

impl AttValue<'_> {
    fn quote(&self) -> char {
        if self.text.contains('"') { '\'' } else { '"' }
    }
}

pub(super) fn put(text: &str, index: &Index, path: &Path, value: &AttValue<'_>) -> Result<Spliced, Refused> {
    let Some(Terminal::Attribute(name)) = &path.terminal else { return Err(Refused::Namespaces) };
    match index.select(text, path) {
        Some(Hit::Attribute(_, range)) => Ok(replace(text, range, value)),
        _ => {
            let (found, steps) = index.descend(text, path);
            let element =
                found.filter(|_| steps == path.steps.len()).ok_or(Refused::NoParent { found: steps })?;
            Ok(add(text, index, element, name, value))
        }
    }
}

/// The quotes stay, unless the value holds one of their kind.
fn replace(text: &str, range: std::ops::Range<usize>, value: &AttValue<'_>) -> Spliced {
    let quote = text.get(..range.start).and_then(|before| before.chars().next_back()).unwrap_or('"');
    if !value.text.contains(quote) {
        return splice(text, range, value.text, false);
    }
    let quote = value.quote().to_string();
    splice_between(text, range.start - 1..range.end + 1, [&quote, value.text, &quote], false)
}

/// A new attribute becomes the last one. Where no prefix is bound to its namespace, one is declared beside it.
fn add(text: &str, index: &Index, element: NodeId, name: &Name, value: &AttValue<'_>) -> Spliced {
    let span = index.span(element);
    let tag_end = if span.empty_tag { span.element.end - 2 } else { span.content.start - 1 };
    let tag = text.get(span.element.start..tag_end).unwrap_or_default();
    let at = span.element.start + tag.trim_end_matches([' ', '\t', '\r', '\n']).len();
    let (prefix, declaration) = prefix_for(index, element, &name.namespace);
    let quote = value.quote();
    let before = format!("{declaration} {prefix}{}={quote}", name.local);
    splice_between(text, at..at, [&before, value.text, &quote.to_string()], true)
}

/// A prefix with its colon, and the declaration that it needs.
fn prefix_for(index: &Index, element: NodeId, namespace: &str) -> (String, String) {
    if namespace.is_empty() {
        return (String::new(), String::new());
    }
    if namespace == XML_NAMESPACE {
        return ("xml:".to_owned(), String::new());
    }
    let scope = index.namespaces(element);
    let bound = scope.iter().find(|(prefix, bound)| !prefix.is_empty() && *bound == namespace);
    if let Some((prefix, _)) = bound {
        return (format!("{prefix}:"), String::new());
    }
    let free =
        (1..).map(|number| format!("ns{number}")).find(|name| !scope.iter().any(|(used, _)| used == name));
    let prefix = free.unwrap_or_default();
    let mut declaration = format!(" xmlns:{prefix}=\"");
    escape::attribute(&mut declaration, namespace);
    declaration.push('"');
    (format!("{prefix}:"), declaration)
}

pub(super) fn delete(text: &str, index: &Index, element: NodeId, name: &Name) -> Result<Spliced, Refused> {
    let range = index.attribute_span(element, name).ok_or(Refused::NotFound)?;
    let before = text.get(..range.start).unwrap_or_default();
    let start = before.trim_end_matches([' ', '\t', '\r', '\n']).len();
    Ok(splice(text, start..range.end, "", false))
}
