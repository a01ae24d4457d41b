//! Schema texts, by location and namespace.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Document, Element, Limits, Malformed};

const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// What a schema text may be; schemas are the operator's, so the bounds are wide.
const LIMITS: Limits = Limits { size: 4 * 1024 * 1024, nodes: 400_000, namespaces: 4096, ..Limits::DEFAULT };

/// Schema texts from which sets are built. A cheap clone: texts are shared.
#[derive(Clone, Default, Debug)]
pub struct Catalog {
    texts: BTreeMap<Box<str>, Text>,
}

#[derive(Clone, Debug)]
pub(crate) struct Text {
    namespace: Arc<str>,
    text: Arc<str>,
    directives: Arc<[Directive]>,
}

/// What a text includes, imports or redefines: the location as written, and the namespace of an import.
type Directive = (Box<str>, Option<Box<str>>);

impl Catalog {
    /// Adds one schema document; one already there under this location is replaced.
    ///
    /// The location is what `schemaLocation` of other schemas says, or the last segment of it.
    ///
    /// # Errors
    /// [`Malformed`] when the text is not a well-formed document, or its root is not `xs:schema`.
    pub fn add(
        &mut self,
        location: impl Into<Box<str>>,
        text: impl Into<Arc<str>>,
    ) -> Result<&mut Self, Malformed> {
        let text = text.into();
        let document = Document::parse(text.as_bytes(), &LIMITS)?;
        let root = document.root();
        if !root.is(XSD, "schema") {
            return Err(root.fault("not a schema"));
        }
        let namespace = root.attribute("targetNamespace").unwrap_or_default().into();
        let directives = directives(root);
        drop(document);
        self.texts.insert(location.into(), Text { namespace, text, directives });
        Ok(self)
    }

    /// The namespaces that the texts declare; the empty name is not among them.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.texts.values().map(|text| text.namespace.as_ref()).filter(|namespace| !namespace.is_empty())
    }

    /// Where the texts of a namespace are.
    pub(crate) fn of_namespace(&self, namespace: &str) -> impl Iterator<Item = &str> {
        let texts = self.texts.iter().filter(move |(_, text)| text.namespace.as_ref() == namespace);
        texts.map(|(location, _)| location.as_ref())
    }

    pub(crate) fn text(&self, location: &str) -> Option<&Arc<str>> {
        self.texts.get(location).map(|text| &text.text)
    }

    pub(crate) fn directives(&self, location: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
        let directives = self.texts.get(location).map(|text| text.directives.iter()).unwrap_or_default();
        directives.map(|(location, namespace)| (location.as_ref(), namespace.as_deref()))
    }

    /// The location here that a schema means: as written, by its last segment, or by the namespace to be imported.
    pub(crate) fn locate(&self, written: &str, namespace: Option<&str>) -> Option<&str> {
        let known =
            |location: &str| self.texts.get_key_value(location).map(|(location, _)| location.as_ref());
        let last = written.rsplit(['/', ':']).next().unwrap_or(written);
        known(written).or_else(|| known(last)).or_else(|| self.of_namespace(namespace?).next())
    }
}

fn directives(schema: Element<'_>) -> Arc<[Directive]> {
    let is_directive = |child: &Element<'_>| {
        child.namespace() == XSD && matches!(child.name(), "include" | "import" | "redefine")
    };
    let location = |child: Element<'_>| child.attribute("schemaLocation").unwrap_or_default().into();
    let directives = schema.children().filter(is_directive);
    directives.map(|child| (location(child), child.attribute("namespace").map(Into::into))).collect()
}
