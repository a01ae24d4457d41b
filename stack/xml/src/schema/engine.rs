//! One thread's compiled schemas.

use std::{
    cell::RefCell,
    sync::{Arc, Weak},
};

use self_cell::self_cell;
use xsd_schema::{
    SchemaLoader, SchemaResolver, SchemaSetBuilder, XsdVersion, validation::SchemaValidator,
    validation::ValidationFlags,
};

use super::{Fault, Unsound, names::Names, set::Source, walk};
use crate::Document;

/// Beyond what the schemas themselves interned, so many names of documents may be kept.
const NAMES_KEPT: usize = 4096;

/// Locations are given to the library as URIs of this scheme, so that it never takes one for a file.
const SCHEME: &str = "catalog:///";

self_cell!(
    struct Compiled {
        owner: xsd_schema::SchemaSet,
        #[not_covariant]
        dependent: SchemaValidator,
    }
);

/// Compiled schemas with the tables that a run needs; bound to the thread that made it.
pub(crate) struct Engine {
    compiled: Compiled,
    names: Names,
}

thread_local! {
    /// Beside each engine whose it is, so that one whose set is gone can go too.
    static ENGINES: RefCell<Vec<(Weak<Source>, Engine)>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` on this thread's engine of the source, which is compiled when it is not there.
///
/// # Errors
/// [`Unsound`] when it does not compile; a source that compiled once does.
pub(crate) fn with<R>(source: &Arc<Source>, work: impl FnOnce(&Engine) -> R) -> Result<R, Unsound> {
    ENGINES.with_borrow_mut(|engines| {
        let found = engines.iter().position(|(owner, _)| std::ptr::eq(owner.as_ptr(), Arc::as_ptr(source)));
        let at = match found {
            Some(at) => at,
            None => {
                engines.retain(|(owner, _)| owner.strong_count() > 0);
                engines.push((Arc::downgrade(source), Engine::compile(source)?));
                engines.len() - 1
            }
        };
        let Some((_, engine)) = engines.get(at) else {
            return Err(Unsound::new("no engine"));
        };
        let result = work(engine);
        if engine.has_outgrown() {
            engines.swap_remove(at);
        }
        Ok(result)
    })
}

/// How many engines this thread has.
#[cfg(test)]
pub(crate) fn live() -> usize {
    ENGINES.with_borrow(Vec::len)
}

impl Engine {
    /// Compiles the texts of a source.
    ///
    /// # Errors
    /// [`Unsound`] when a text is missing or not valid.
    pub(crate) fn compile(source: &Arc<Source>) -> Result<Self, Unsound> {
        let schemas = compile(source)?;
        let names = Names::new(&schemas.name_table);
        let compiled =
            Compiled::new(schemas, |schemas| SchemaValidator::new(schemas, ValidationFlags::empty()));
        let unusable = compiled.with_dependent(|_, validator| validator.content_model_failures().len());
        if unusable > 0 {
            return Err(Unsound::new("a content model is too complex"));
        }
        Ok(Self { compiled, names })
    }

    /// The faults of a document, none when it is valid.
    pub(crate) fn judge(&self, document: &Document<'_>) -> Vec<Fault> {
        self.compiled.with_dependent(|schemas, validator| {
            walk::judge(schemas, validator, &self.names, document.root().node())
        })
    }

    /// How many names are kept.
    pub(crate) fn interned(&self) -> usize {
        self.compiled.borrow_owner().name_table.len()
    }

    fn has_outgrown(&self) -> bool {
        self.interned() > self.names.interned() + NAMES_KEPT
    }
}

fn compile(source: &Arc<Source>) -> Result<xsd_schema::SchemaSet, Unsound> {
    check_imports(source)?;
    let mut resolver = SchemaResolver::with_loader(Box::new(Texts(Arc::clone(source))));
    let rewriting = Arc::clone(source);
    resolver.set_location_rewriter(move |request: &xsd_schema::LocationRequest<'_>, _: &SchemaResolver| {
        let location = rewriting.catalog.locate(request.location, request.namespace)?;
        Some(format!("{SCHEME}{location}"))
    });
    for namespace in source.catalog.namespaces() {
        if let Some(location) = source.catalog.locate("", Some(namespace)) {
            resolver.catalog_mut().add(namespace, location);
        }
    }
    let mut builder = SchemaSetBuilder::with_resolver(resolver, XsdVersion::V1_0);
    for entry in &source.entries {
        builder.try_add(entry).map_err(|error| Unsound::new(error.to_string()))?;
    }
    let compiled = builder.compile().map_err(|error| Unsound::new(error.to_string()))?;
    if let Some(failure) = compiled.directive_failures().first() {
        let wanted = failure.schema_location().or(failure.namespace()).unwrap_or_default();
        return Err(missing(wanted));
    }
    let schemas = compiled.into_schema_set();
    match dangling(&schemas) {
        None => Ok(schemas),
        Some(reference) => Err(Unsound::new(reference)),
    }
}

/// A reference to a type that is not there: the library tells of it only once a document needs it.
fn dangling(schemas: &xsd_schema::SchemaSet) -> Option<String> {
    let elements =
        schemas.arenas.elements.values().filter_map(|element| element.deferred_type_error.as_ref());
    let types =
        schemas.arenas.simple_types.values().filter_map(|list| list.deferred_item_type_error.as_ref());
    elements.chain(types).next().map(|deferred| deferred.message.clone())
}

/// Beside what the library records, an import that names no location and whose namespace is nowhere.
fn check_imports(source: &Source) -> Result<(), Unsound> {
    let mut seen: Vec<&str> = Vec::new();
    let mut open: Vec<&str> = source.entries.iter().map(AsRef::as_ref).collect();
    while let Some(location) = open.pop() {
        if seen.contains(&location) {
            continue;
        }
        seen.push(location);
        for (written, namespace) in source.catalog.directives(location) {
            let wanted = if written.is_empty() { namespace.unwrap_or_default() } else { written };
            let found = source.catalog.locate(written, namespace);
            open.push(found.ok_or_else(|| missing(wanted))?);
        }
    }
    Ok(())
}

fn missing(wanted: &str) -> Unsound {
    Unsound::new(format!("a schema names another that is not there: {wanted}"))
}

/// Gives the library the texts of the catalog and nothing else.
struct Texts(Arc<Source>);

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Texts")
    }
}

impl SchemaLoader for Texts {
    fn load(&self, location: &str) -> Result<String, xsd_schema::SchemaError> {
        let name = location.strip_prefix(SCHEME).unwrap_or(location);
        match self.0.catalog.text(name) {
            Some(text) => Ok(text.as_ref().to_owned()),
            None => Err(xsd_schema::SchemaError::resolution(format!("{name} is not in the catalog"))),
        }
    }

    fn can_load(&self, _location: &str) -> bool {
        true
    }
}
