//! Writing a document.

use crate::{Raw, escape};

/// The end of what [`Writer`] puts before the root element.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Writes one well-formed document in UTF-8 into one buffer.
///
/// Names are given by the program, values by anyone: values are escaped, and elements are closed by the writer. All
/// elements are in the default namespace that the root declares; foreign ones are written with [`Writer::raw`].
///
/// ```
/// let bytes = xml::Writer::document("a", "urn:x", &[], |w| w.leaf("b", "1 < 2"));
/// assert!(bytes.ends_with(br#"<a xmlns="urn:x"><b>1 &lt; 2</b></a>"#));
/// ```
#[derive(Debug)]
pub struct Writer {
    out: String,
}

impl Writer {
    /// Writes a document whose root element has this name, in this default namespace, with these attributes.
    pub fn document(
        root: &'static str,
        namespace: &'static str,
        attributes: &[(&'static str, &str)],
        content: impl FnOnce(&mut Self),
    ) -> Vec<u8> {
        let mut writer = Self { out: String::with_capacity(1024) };
        writer.out.push_str(DECLARATION);
        writer.begin(root, Some(namespace), attributes);
        writer.finish(root, content);
        writer.out.into_bytes()
    }

    /// Writes an element with attributes; `content` writes what is in it. Without content it becomes an empty tag.
    pub fn element(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
        content: impl FnOnce(&mut Self),
    ) {
        self.begin(name, None, attributes);
        self.finish(name, content);
    }

    /// Writes an element that holds text and has no attributes.
    pub fn leaf(&mut self, name: &'static str, text: &str) {
        self.element(name, &[], |w| w.text(text));
    }

    /// Writes character data. A character that XML cannot carry becomes U+FFFD.
    pub fn text(&mut self, text: &str) {
        escape::text(&mut self.out, text);
    }

    /// Writes a kept element as it is.
    pub fn raw(&mut self, raw: &Raw) {
        self.out.push_str(raw.as_str());
    }

    fn begin(&mut self, name: &str, namespace: Option<&str>, attributes: &[(&'static str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in namespace.map(|uri| ("xmlns", uri)).iter().chain(attributes) {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape::attribute(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn finish(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        content(self);
        if self.out.len() == start {
            self.out.pop();
            self.out.push_str("/>");
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }
}
