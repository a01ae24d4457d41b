//! An element that is kept without being understood.

use std::fmt;

use quick_xml::{Reader, events::Event};

use crate::{Element, escape};

/// One element as bytes: what a peer of a later release sent, to be handed on as it came.
///
/// It stands alone: namespace declarations that it inherited are copied onto it, so that it means the same wherever it
/// is written. Reading it back from there gives an equal value.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw {
    namespace: Box<str>,
    name: Box<str>,
    text: Box<str>,
}

impl Raw {
    pub(crate) fn of(element: Element<'_>) -> Self {
        let document = element.node().document().input_text();
        let source = document.get(element.range()).unwrap_or_default();
        let text = match first_tag(source) {
            Some(tag) => adopt(element, source, &tag),
            None => source.to_owned(),
        };
        Self { namespace: element.namespace().into(), name: element.name().into(), text: text.into() }
    }

    /// The namespace name of the element; empty where there is none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The local name of the element.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The element, from `<` to `>`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Name and length only: what is not understood may be personal.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({{{}}}{}, {} octets)", self.namespace, self.name, self.text.len())
    }
}

/// The prefixes that a start tag declares itself, and where its name ends.
struct Tag {
    name_end: usize,
    declared: Vec<String>,
}

fn first_tag(source: &str) -> Option<Tag> {
    let Ok(Event::Start(tag) | Event::Empty(tag)) = Reader::from_str(source).read_event() else {
        return None;
    };
    let mut attributes = tag.attributes();
    let declared = attributes.with_checks(false).flatten().filter_map(|attribute| {
        let name = attribute.key.as_ref();
        if name == "xmlns" { Some(String::new()) } else { name.strip_prefix("xmlns:").map(str::to_owned) }
    });
    Some(Tag { name_end: 1 + tag.name().as_ref().len(), declared: declared.collect() })
}

/// Copies what is in scope and not declared on the element itself into its start tag. A prefix goes along when it
/// occurs anywhere in the bytes, since a value may hold a qualified name too; the default namespace always.
fn adopt(element: Element<'_>, source: &str, tag: &Tag) -> String {
    let (head, tail) = source.split_at_checked(tag.name_end).unwrap_or((source, ""));
    let mut text = String::with_capacity(source.len() + 64);
    text.push_str(head);
    let is_declared = |prefix: &str| tag.declared.iter().any(|name| name == prefix);
    if !is_declared("") {
        declare(&mut text, "", element.node().default_namespace().unwrap_or_default());
    }
    for namespace in element.node().namespaces() {
        let prefix = namespace.name().unwrap_or_default();
        let used = !prefix.is_empty() && prefix != "xml" && source.contains(&format!("{prefix}:"));
        if used && !is_declared(prefix) {
            declare(&mut text, prefix, namespace.uri());
        }
    }
    text.push_str(tail);
    text
}

fn declare(text: &mut String, prefix: &str, namespace: &str) {
    text.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
    text.push_str(prefix);
    text.push_str("=\"");
    escape::attribute(text, namespace);
    text.push('"');
}
