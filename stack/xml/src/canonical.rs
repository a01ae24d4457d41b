//! Canonical XML of one element: the octets that a signature covers.
//!
//! Canonical XML 1.0 (W3C REC-xml-c14n-20010315) and Exclusive XML Canonicalization 1.0 (W3C REC-xml-exc-c14n-20020718),
//! without a list of inclusive prefixes.

use roxmltree::{Node, NodeType};

use crate::Element;

const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Which canonical form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    /// Only the namespaces that an element or its attributes use, and none of the `xml:` attributes above it.
    pub exclusive: bool,
    /// Whether comments stay.
    pub comments: bool,
}

impl Form {
    /// `http://www.w3.org/TR/2001/REC-xml-c14n-20010315`.
    pub const INCLUSIVE: Self = Self { exclusive: false, comments: false };
    /// `http://www.w3.org/2001/10/xml-exc-c14n#`.
    pub const EXCLUSIVE: Self = Self { exclusive: true, comments: false };
}

/// The element with all that is in it, in this form.
#[must_use]
pub fn canonical(element: Element<'_>, form: Form) -> String {
    let source = element.node().document().input_text();
    let mut writer = Canonical { out: String::with_capacity(512), source, form, shown: Vec::new() };
    writer.element(element.node(), true);
    writer.out
}

struct Canonical<'d> {
    out: String,
    source: &'d str,
    form: Form,
    /// Prefixes as the elements written so far declare them, innermost last.
    shown: Vec<(&'d str, &'d str)>,
}

struct Attribute<'d> {
    namespace: &'d str,
    local: &'d str,
    prefix: &'d str,
    value: &'d str,
}

impl<'d> Canonical<'d> {
    /// The depth of recursion is the document's, which [`crate::Limits::depth`] bounds.
    fn element(&mut self, node: Node<'d, 'd>, apex: bool) {
        let outer = self.shown.len();
        let name = self.qualified(node);
        let attributes = self.attributes(node, apex);
        self.out.push('<');
        self.out.push_str(name);
        self.declare(node, name, &attributes);
        attributes.iter().for_each(|attribute| self.attribute(attribute));
        self.out.push('>');
        node.children().for_each(|child| self.child(child));
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self.shown.truncate(outer);
    }

    fn child(&mut self, node: Node<'d, 'd>) {
        match node.node_type() {
            NodeType::Element => self.element(node, false),
            NodeType::Text => escape(&mut self.out, node.text().unwrap_or_default(), false),
            NodeType::PI => {
                let Some(pi) = node.pi() else { return };
                self.out.push_str("<?");
                self.out.push_str(pi.target);
                if let Some(value) = pi.value {
                    self.out.push(' ');
                    self.out.push_str(value);
                }
                self.out.push_str("?>");
            }
            NodeType::Comment if self.form.comments => {
                self.out.push_str("<!--");
                self.out.push_str(node.text().unwrap_or_default());
                self.out.push_str("-->");
            }
            NodeType::Comment | NodeType::Root => {}
        }
    }

    /// The name as written: a prefix is part of what is signed.
    fn qualified(&self, node: Node<'d, 'd>) -> &'d str {
        let tag = self.source.get(node.range().start + 1..).unwrap_or_default();
        let end = tag.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').unwrap_or(tag.len());
        tag.get(..end).unwrap_or_default()
    }

    /// Namespace declarations that differ from those around, in the order of their prefixes.
    fn declare(&mut self, node: Node<'d, 'd>, name: &'d str, attributes: &[Attribute<'d>]) {
        let mut wanted: Vec<(&str, &str)> = if self.form.exclusive {
            let used =
                attributes.iter().map(|attribute| attribute.prefix).filter(|prefix| !prefix.is_empty());
            let resolve = |prefix: &'d str| (prefix, in_scope(node, prefix));
            std::iter::once(prefix_of(name)).chain(used).map(resolve).collect()
        } else {
            let all = node.namespaces().map(|one| (one.name().unwrap_or_default(), one.uri()));
            let named = all.filter(|(prefix, _)| !prefix.is_empty());
            std::iter::once(("", in_scope(node, ""))).chain(named).collect()
        };
        wanted.retain(|(prefix, _)| *prefix != "xml");
        wanted.sort_unstable();
        wanted.dedup();
        for (prefix, uri) in wanted {
            let shown = self.shown.iter().rev().find(|(known, _)| *known == prefix);
            if shown.map_or("", |(_, uri)| uri) == uri {
                continue;
            }
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            self.value(uri);
            self.shown.push((prefix, uri));
        }
    }

    /// In the order of namespace, then name. The outermost element inherits `xml:` attributes in the inclusive form.
    fn attributes(&self, node: Node<'d, 'd>, apex: bool) -> Vec<Attribute<'d>> {
        let mut found: Vec<Attribute<'d>> = node.attributes().map(|one| self.read(&one)).collect();
        if apex && !self.form.exclusive {
            for above in node.ancestors().skip(1).filter(Node::is_element) {
                for one in above.attributes().filter(|one| one.namespace() == Some(XML)) {
                    let inherited = self.read(&one);
                    let is_same =
                        |known: &Attribute<'_>| known.namespace == XML && known.local == inherited.local;
                    if !found.iter().any(is_same) {
                        found.push(inherited);
                    }
                }
            }
        }
        found.sort_unstable_by_key(|one| (one.namespace, one.local));
        found
    }

    fn read(&self, attribute: &roxmltree::Attribute<'d, 'd>) -> Attribute<'d> {
        Attribute {
            namespace: attribute.namespace().unwrap_or_default(),
            local: attribute.name(),
            prefix: prefix_of(self.source.get(attribute.range_qname()).unwrap_or_default()),
            value: attribute.value(),
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'d>) {
        self.out.push(' ');
        if !attribute.prefix.is_empty() {
            self.out.push_str(attribute.prefix);
            self.out.push(':');
        }
        self.out.push_str(attribute.local);
        self.value(attribute.value);
    }

    fn value(&mut self, value: &str) {
        self.out.push_str("=\"");
        escape(&mut self.out, value, true);
        self.out.push('"');
    }
}

fn prefix_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn in_scope<'d>(node: Node<'d, 'd>, prefix: &str) -> &'d str {
    let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
    node.lookup_namespace_uri(prefix).unwrap_or_default()
}

/// Canonical XML 1.0 clause 2.3: which characters become references, in text and in attribute values.
fn escape(out: &mut String, value: &str, in_attribute: bool) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if !in_attribute => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\t' if in_attribute => out.push_str("&#x9;"),
            '\n' if in_attribute => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests;
