//! A compiled set of schemas, and who may not be compiled.

use std::{fmt, sync::Arc};

use super::{Catalog, FAULTS, Fault, Validator, Verdict, engine, engine::Engine};
use crate::Document;

/// Schemas that were compiled together, to judge documents on any thread.
///
/// A cheap clone. Elements that the schemas of this set do not declare are let through where a lax wildcard admits them,
/// so a set should hold every vocabulary that its documents are made of.
#[derive(Clone)]
pub struct SchemaSet {
    source: Arc<Source>,
    root: Option<(Arc<str>, Arc<str>)>,
}

/// What each thread compiles for itself.
pub(crate) struct Source {
    pub(crate) catalog: Catalog,
    pub(crate) entries: Vec<Box<str>>,
}

/// A set of schemas that cannot judge: a text is missing, or is not a schema.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsound {
    reason: String,
}

impl Unsound {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Unsound {}

impl SchemaSet {
    /// Compiles the schemas of these namespaces with all that they include and import.
    ///
    /// # Errors
    /// [`Unsound`] when the catalog has no schema of a namespace, a schema names another that the catalog does not
    /// hold, or one is not valid (XML Schema Part 1, 5.1).
    pub fn build(catalog: &Catalog, namespaces: &[&str]) -> Result<Self, Unsound> {
        let mut entries = Vec::new();
        for namespace in namespaces {
            let before = entries.len();
            entries.extend(catalog.of_namespace(namespace).map(Into::into));
            if entries.len() == before {
                return Err(Unsound::new(format!("no schema of the namespace {namespace} is there")));
            }
        }
        let source = Arc::new(Source { catalog: catalog.clone(), entries });
        Engine::compile(&source)?;
        Ok(Self { source, root: None })
    }

    /// The same schemas, for documents whose root element has this name.
    #[must_use]
    pub fn rooted(&self, namespace: &str, name: &str) -> Self {
        Self { source: Arc::clone(&self.source), root: Some((namespace.into(), name.into())) }
    }

    #[cfg(test)]
    pub(crate) fn source<R>(&self, work: impl FnOnce(&Arc<Source>) -> R) -> R {
        work(&self.source)
    }

    fn has_root(&self, document: &Document<'_>) -> bool {
        self.root.as_ref().is_none_or(|(namespace, name)| document.root().is(namespace, name))
    }
}

impl fmt::Debug for SchemaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemaSet").field("entries", &self.source.entries).field("root", &self.root).finish()
    }
}

impl Validator for SchemaSet {
    fn validate(&self, document: &Document<'_>) -> Verdict {
        if !self.has_root(document) {
            return Err(vec![Fault::new(document.root().place(), "cvc-elt.1")]);
        }
        let mut faults = engine::with(&self.source, |engine| engine.judge(document))
            .unwrap_or_else(|_| vec![Fault::new(document.root().place(), "src-resolve")]);
        faults.truncate(FAULTS);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}
