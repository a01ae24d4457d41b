//! The schemas of the usages that are built in, and of those from a folder, compiled together.

use std::{path::Path, sync::Arc};

use xml::schema::Validator;
use xml_schemas::xsd;

use super::load;
use crate::{
    config::{ConfigError, Errors},
    documents::Settings,
};

/// The settings with the usages of a folder, and with every schema at hand. A usage of a folder that names none is held to its
/// namespace and its outermost element only.
///
/// # Errors
/// Everything that is wrong with the files of the folder.
pub fn with_schemas(mut settings: Settings, folder: Option<&Path>) -> Result<Settings, Errors> {
    let fault = |text: String| {
        let file = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
        Errors(vec![ConfigError { file, line: 1, column: 1, text }])
    };
    let mut catalog = xsd::catalog().map_err(|malformed| fault(malformed.to_string()))?;
    if let Some(folder) = folder {
        for usage in load(folder, &mut catalog)?.usages {
            if let Some(other) = settings.usages.add(usage) {
                return Err(fault(format!("the application usage \"{}\" is there twice", other.auid)));
            }
        }
    }
    let all = xsd::documents(&catalog).map_err(|unsound| fault(unsound.to_string()))?;
    let all: Arc<dyn Validator> = Arc::new(all);
    for namespace in settings.usages.iter().filter_map(|usage| usage.schema.as_ref()) {
        if catalog.namespaces().any(|known| known == namespace) {
            settings.schemas.insert(namespace.clone(), Arc::clone(&all));
        }
    }
    Ok(settings)
}
