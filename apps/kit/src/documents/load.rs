//! Further application usages from a folder: each a TOML file, with its schema beside it.
//!
//! ```toml
//! auid = "org.example.tracks"
//! media-type = "application/vnd.example.tracks+xml"
//! namespace = "urn:example:tracks"
//! outermost = "tracks"
//! schema = "tracks.xsd"
//! users = ["track-*.xml"]
//!
//! [[unique]]
//! element = "track"
//! attribute = "id"
//!
//! [[value]]
//! of = "tracks/@number"
//! is = "variant"
//! ```

mod checks;
mod schemas;

use std::path::{Path, PathBuf};

use xcap::{Access, Documents, Pattern, Served, Usage, Who};
use xml::schema::Catalog;

pub use schemas::with_schemas;

use crate::config::{ConfigError, Document, Errors, Named, Table};

/// What a folder holds.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The usages, in the order of their files' names. [`Usage::schema`] is the namespace of the schema.
    pub usages: Vec<Usage>,
}

/// Reads every `*.toml` of a folder, and adds the schemas that they name to a catalog.
///
/// # Errors
/// Everything that is wrong, with its file, line and column.
pub fn load(folder: &Path, catalog: &mut Catalog) -> Result<Loaded, Errors> {
    let mut loaded = Loaded::default();
    let mut errors = Vec::new();
    for file in files(folder)? {
        match Document::open(&file).and_then(|document| document.read(|root| usage(root, catalog))) {
            Ok(usage) => loaded.usages.push(usage),
            Err(found) => errors.extend(found.0),
        }
    }
    if errors.is_empty() { Ok(loaded) } else { Err(Errors(errors)) }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Errors> {
    let cannot = |why: std::io::Error| {
        let text = format!("cannot be read: {why}");
        Errors(vec![ConfigError { file: folder.display().to_string(), line: 1, column: 1, text }])
    };
    let entries = std::fs::read_dir(folder).map_err(cannot)?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn usage(table: &Table<'_>, catalog: &mut Catalog) -> Option<Usage> {
    let auid = table.required::<String>("auid");
    if auid.as_ref().is_some_and(|auid| auid.is_empty() || auid.contains('/')) {
        table.error_at_value("auid", "\"auid\" is one segment of a path");
    }
    let media_type = table.required::<String>("media-type");
    let namespace = table.required::<String>("namespace");
    let namespaces = table.or("namespaces", Vec::new());
    let outermost = table.optional::<String>("outermost");
    let (global, users) = (documents(table, "global"), documents(table, "users"));
    if global.is_none() && users.is_none() {
        table.error("needs \"global\" or \"users\"");
    }
    let access = table.table("access", access).unwrap_or_default();
    let checks = checks::read(table, namespace.as_deref().unwrap_or_default());
    let schema = schema(table, catalog, namespace.as_deref());
    Some(Usage {
        namespaces,
        outermost,
        schema,
        global,
        users,
        checks,
        access,
        ..Usage::new(&auid?, &media_type?, &namespace?)
    })
}

/// Reads the schema into the catalog; it must be one of the usage's namespace.
fn schema(table: &Table<'_>, catalog: &mut Catalog, namespace: Option<&str>) -> Option<String> {
    let path = table.optional::<PathBuf>("schema")?;
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) => {
            table.error_at_value("schema", format!("{} cannot be read: {why}", path.display()));
            return None;
        }
    };
    let location = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if let Err(fault) = catalog.add(location, text) {
        table.error_at_value("schema", format!("{}: {fault}", path.display()));
        return None;
    }
    let namespace = namespace?;
    if !catalog.namespaces().any(|known| known == namespace) {
        let text = format!("{} is not a schema of \"{namespace}\"", path.display());
        table.error_at_value("schema", text);
    }
    Some(namespace.to_owned())
}

fn documents(table: &Table<'_>, key: &'static str) -> Option<Documents> {
    let patterns = table.optional::<Vec<String>>(key)?;
    let mut names = Vec::new();
    for pattern in &patterns {
        match Pattern::new(pattern) {
            Some(found) => names.push(found),
            None => {
                table.error_at_value(key, format!("\"{pattern}\" is not a path with one * a segment at most"))
            }
        }
    }
    Some(Documents { names, served: Served::Kept })
}

fn access(table: &Table<'_>) -> Option<Access> {
    let usual = Access::default();
    let who = |key: &'static str, usual: Who| table.or(key, Granted(usual)).0;
    Some(Access {
        global_read: who("global-read", usual.global_read),
        global_write: who("global-write", usual.global_write),
        users_read: who("users-read", usual.users_read),
        users_write: who("users-write", usual.users_write),
        readers: table.or("readers", Vec::new()),
        writers: table.or("writers", Vec::new()),
    })
}

/// Whom a rule names, as configuration says it.
#[derive(Clone, Copy, Debug)]
struct Granted(Who);

impl Named for Granted {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("listed", Self(Who::Listed)),
        ("owner", Self(Who::Owner)),
        ("authenticated", Self(Who::Authenticated)),
        ("anyone", Self(Who::Anyone)),
    ];
}
