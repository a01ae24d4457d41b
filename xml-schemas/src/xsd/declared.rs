//! The names that the schemas of a namespace declare: whoever reads a path of an operator's tells a misspelt one by them.

use std::collections::BTreeSet;

use xml::{Document, Element, Limits};

use super::{TEXTS, XML};

const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// Local names that the schemas of one namespace declare, wherever in a document they may stand.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Declared {
    /// Of elements.
    pub elements: BTreeSet<String>,
    /// Of attributes.
    pub attributes: BTreeSet<String>,
}

/// What is declared in a namespace; nothing where no schema here is of it.
#[must_use]
pub fn declared(namespace: &str) -> Declared {
    let mut found = Declared::default();
    let written = format!("targetNamespace=\"{namespace}\"");
    for (_, text) in TEXTS.into_iter().chain([XML]).filter(|(_, text)| text.contains(&written)) {
        // Every text is a schema, which a test holds.
        let Ok(document) = Document::parse(text.as_bytes(), &Limits::DEFAULT) else { continue };
        gather(document.root(), &mut found);
    }
    found
}

fn gather(element: Element<'_>, found: &mut Declared) {
    let names = match element.name() {
        "element" if element.namespace() == XSD => Some(&mut found.elements),
        "attribute" if element.namespace() == XSD => Some(&mut found.attributes),
        _ => None,
    };
    if let Some((names, name)) = names.zip(element.attribute("name")) {
        names.insert(name.to_owned());
    }
    element.children().for_each(|child| gather(child, found));
}

#[cfg(test)]
mod tests {
    use super::{Declared, TEXTS, declared};

    #[test]
    fn names_are_those_of_the_namespace_alone() {
        let group = declared("urn:oma:xml:poc:list-service");
        assert!(["group", "list-service", "list", "entry"].iter().all(|name| group.elements.contains(*name)));
        assert!(group.attributes.contains("uri"));
        assert!(!group.elements.contains("on-network-group-priority"));
        assert_eq!(declared("urn:of:nobody"), Declared::default());
    }

    #[test]
    fn every_namespace_that_has_a_schema_declares_elements() {
        for (location, text) in TEXTS {
            let (_, after) = text.split_once("targetNamespace=\"").unwrap_or_default();
            let namespace = after.split('"').next().unwrap_or_default();
            let is_bare = location == "patch-ops.xsd";
            assert_eq!(declared(namespace).elements.is_empty(), is_bare, "{location}");
        }
    }
}
