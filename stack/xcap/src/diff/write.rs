//! Writing the document. RFC 5874 clause 5

use xml::{Raw, Writer, escaped};

use super::{Change, Content, DocumentChange, NAMESPACE, NodeChange, State, XcapDiff};

impl XcapDiff {
    /// The document.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        Writer::document("xcap-diff", NAMESPACE, &[("xcap-root", &self.root)], |w| {
            for change in &self.changes {
                match change {
                    Change::Document(document) => document.write(w),
                    Change::Element(node) => node.write(w, "element", |raw| raw.as_str().to_owned()),
                    Change::Attribute(node) => node.write(w, "attribute", |value| escaped(value)),
                }
            }
        })
    }
}

impl DocumentChange {
    fn write(&self, w: &mut Writer) {
        let mut attributes = vec![("sel", self.sel.as_str())];
        attributes.extend(self.new.as_ref().map(|etag| ("new-etag", etag.as_str())));
        attributes.extend(self.previous.as_ref().map(|etag| ("previous-etag", etag.as_str())));
        w.element("document", &attributes, |w| match &self.content {
            Content::Untold => {}
            Content::NotChanged => w.element("body-not-changed", &[], |_| {}),
            Content::Patched(patch) => patch.write(NAMESPACE).iter().for_each(|operation| w.raw(operation)),
        });
    }
}

impl<T> NodeChange<T> {
    /// The declarations stand on the element itself: they are those of its selector.
    fn write(&self, w: &mut Writer, name: &str, source: impl Fn(&T) -> String) {
        let bindings: Vec<_> =
            self.bindings.iter().map(|(prefix, uri)| (prefix.as_str(), uri.as_str())).collect();
        let (exists, content) = match &self.state {
            State::Is(content) => (None, source(content)),
            State::There => (Some("true"), String::new()),
            State::Gone => (Some("false"), String::new()),
        };
        let mut attributes = vec![("sel", self.sel.as_str())];
        attributes.extend(exists.map(|exists| ("exists", exists)));
        let raw = Raw::build(NAMESPACE, name, &bindings, &attributes, &content);
        raw.iter().for_each(|raw| w.raw(raw));
    }
}
