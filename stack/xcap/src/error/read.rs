//! Reading an error document that a server has sent.

use xml::{Document, Element, Limits, Malformed};

use super::{Exists, NAMESPACE, XcapError};

impl XcapError {
    /// Reads an error document. Elements that this release does not know are refused, as the schema refuses them.
    ///
    /// # Errors
    /// [`Malformed`] with the place.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = Document::parse(bytes, &Limits::default())?;
        let root = document.root();
        if !root.is(NAMESPACE, "xcap-error") {
            return Err(root.fault("not an xcap-error"));
        }
        let element = root.children().next().ok_or_else(|| root.fault("a required element is missing"))?;
        if element.namespace() != NAMESPACE {
            return Err(element.fault("not an element of xcap-error"));
        }
        let phrase = element.attribute("phrase").map(str::to_owned);
        Ok(match element.name() {
            "schema-validation-error" => Self::SchemaValidation(phrase),
            "not-xml-frag" => Self::NotXmlFragment(phrase),
            "no-parent" => Self::NoParent { phrase, ancestor: ancestor(element) },
            "cannot-insert" => Self::CannotInsert(phrase),
            "not-xml-att-value" => Self::NotXmlAttributeValue(phrase),
            "uniqueness-failure" => Self::Uniqueness { phrase, exists: exists(element)? },
            "not-well-formed" => Self::NotWellFormed(phrase),
            "constraint-failure" => Self::Constraint(phrase),
            "cannot-delete" => Self::CannotDelete(phrase),
            "not-utf-8" => Self::NotUtf8(phrase),
            "extension" => Self::Extension(element.children().map(Element::to_raw).collect()),
            _ => return Err(element.fault("not an element of xcap-error")),
        })
    }
}

fn ancestor(element: Element<'_>) -> Option<String> {
    element.child(NAMESPACE, "ancestor").map(|found| found.text().into_owned())
}

fn exists(element: Element<'_>) -> Result<Vec<Exists>, Malformed> {
    let read = |found: Element<'_>| {
        let field = found.required_attribute("field")?.to_owned();
        let values = found.children().filter(|child| child.is(NAMESPACE, "alt-value"));
        Ok(Exists { field, alternatives: values.map(|value| value.text().into_owned()).collect() })
    };
    element.children().filter(|child| child.is(NAMESPACE, "exists")).map(read).collect()
}
