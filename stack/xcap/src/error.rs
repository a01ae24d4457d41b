//! Why a request conflicts with a document: `application/xcap-error+xml` (RFC 4825 clause 11).

mod read;

use xml::{Raw, Writer};

/// The namespace of the document.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:xcap-error";

/// The one element of an error document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum XcapError {
    /// The document would not be valid.
    SchemaValidation(Option<String>),
    /// The body is not one balanced element.
    NotXmlFragment(Option<String>),
    /// What the resource would stand in is not there.
    NoParent {
        /// For a person.
        phrase: Option<String>,
        /// The URI of the nearest ancestor that is there.
        ancestor: Option<String>,
    },
    /// The selector would not find what was put.
    CannotInsert(Option<String>),
    /// The body is not the value of an attribute.
    NotXmlAttributeValue(Option<String>),
    /// A value that must be unique is not.
    Uniqueness {
        /// For a person.
        phrase: Option<String>,
        /// Which values.
        exists: Vec<Exists>,
    },
    /// The body is not a well-formed document.
    NotWellFormed(Option<String>),
    /// A rule of the usage is broken that is none of its schema.
    Constraint(Option<String>),
    /// The selector would find something else afterwards.
    CannotDelete(Option<String>),
    /// The document would not be in UTF-8.
    NotUtf8(Option<String>),
    /// Something that RFC 4825 does not know, by elements of other namespaces.
    Extension(Vec<Raw>),
}

/// A value that is taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exists {
    /// The node that holds it, as a selector in the document.
    pub field: String,
    /// Values that could be taken instead.
    pub alternatives: Vec<String>,
}

impl XcapError {
    /// The element's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SchemaValidation(_) => "schema-validation-error",
            Self::NotXmlFragment(_) => "not-xml-frag",
            Self::NoParent { .. } => "no-parent",
            Self::CannotInsert(_) => "cannot-insert",
            Self::NotXmlAttributeValue(_) => "not-xml-att-value",
            Self::Uniqueness { .. } => "uniqueness-failure",
            Self::NotWellFormed(_) => "not-well-formed",
            Self::Constraint(_) => "constraint-failure",
            Self::CannotDelete(_) => "cannot-delete",
            Self::NotUtf8(_) => "not-utf-8",
            Self::Extension(_) => "extension",
        }
    }

    /// What a person is told.
    #[must_use]
    pub fn phrase(&self) -> Option<&str> {
        match self {
            Self::SchemaValidation(phrase)
            | Self::NotXmlFragment(phrase)
            | Self::CannotInsert(phrase)
            | Self::NotXmlAttributeValue(phrase)
            | Self::NotWellFormed(phrase)
            | Self::Constraint(phrase)
            | Self::CannotDelete(phrase)
            | Self::NotUtf8(phrase)
            | Self::NoParent { phrase, .. }
            | Self::Uniqueness { phrase, .. } => phrase.as_deref(),
            Self::Extension(_) => None,
        }
    }

    /// The document.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let phrase: Vec<(&'static str, &str)> =
            self.phrase().map(|text| ("phrase", text)).into_iter().collect();
        Writer::document("xcap-error", NAMESPACE, &[], |w| {
            w.element(self.name(), &phrase, |w| match self {
                Self::NoParent { ancestor: Some(ancestor), .. } => w.leaf("ancestor", ancestor),
                Self::Uniqueness { exists, .. } => exists.iter().for_each(|exists| exists.write(w)),
                Self::Extension(elements) => elements.iter().for_each(|element| w.raw(element)),
                _ => {}
            });
        })
    }
}

impl Exists {
    fn write(&self, w: &mut Writer) {
        w.element("exists", &[("field", &self.field)], |w| {
            self.alternatives.iter().for_each(|value| w.leaf("alt-value", value));
        });
    }
}
