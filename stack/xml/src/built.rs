//! Elements whose prefixes matter: those that carry qualified names as values.

use std::fmt::Write;

use crate::{Document, Element, Limits, Raw, escape};

/// What is built is as large as what it is built from.
pub(crate) const UNLIMITED: Limits = Limits {
    size: usize::MAX,
    depth: usize::MAX,
    nodes: u32::MAX,
    attributes: usize::MAX,
    namespaces: usize::MAX,
    namespace_name: usize::MAX,
    name: usize::MAX,
};

impl Raw {
    /// An element of a namespace that declares prefixes of its own (the empty one is the default namespace), with
    /// attributes and content as source text.
    ///
    /// Its own name gets a prefix that is not among them, so that the default namespace is free for its values. None
    /// where the content, or a name, is not well-formed.
    ///
    /// ```
    /// let raw = xml::Raw::build("urn:d", "add", &[("", "urn:x")], &[("sel", "a/b")], "<c/>").unwrap();
    /// assert_eq!(raw.as_str(), r#"<p0:add xmlns:p0="urn:d" xmlns="urn:x" sel="a/b"><c/></p0:add>"#);
    /// ```
    #[must_use]
    pub fn build(
        namespace: &str,
        name: &str,
        declarations: &[(&str, &str)],
        attributes: &[(&str, &str)],
        content: &str,
    ) -> Option<Self> {
        let taken = |prefix: &String| declarations.iter().any(|(declared, _)| declared == prefix);
        let prefix =
            (0..=declarations.len()).map(|number| format!("p{number}")).find(|prefix| !taken(prefix))?;
        let mut text = format!("<{prefix}:{name}");
        attribute(&mut text, &format!("xmlns:{prefix}"), namespace);
        for (prefix, namespace) in declarations {
            let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
            attribute(&mut text, &name, namespace);
        }
        attributes.iter().for_each(|(name, value)| attribute(&mut text, name, value));
        if content.is_empty() {
            text.push_str("/>");
        } else {
            let _ = write!(text, ">{content}</{prefix}:{name}>");
        }
        let document = Document::parse(text.as_bytes(), &UNLIMITED).ok()?;
        Some(document.root().to_raw())
    }
}

impl<'d> Element<'d> {
    /// The prefixes in scope and the namespaces they stand for; the empty prefix is the default namespace. `xml` is not
    /// among them.
    pub fn declarations(self) -> impl Iterator<Item = (&'d str, &'d str)> {
        let declared = self.node().namespaces().filter(|namespace| namespace.name() != Some("xml"));
        declared.map(|namespace| (namespace.name().unwrap_or_default(), namespace.uri()))
    }
}

/// Character data as it stands in an element.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape::text(&mut out, text);
    out
}

fn attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, " {name}=\"");
    escape::attribute(out, value);
    out.push('"');
}
