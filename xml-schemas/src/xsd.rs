//! The schemas of the documents that XCAP servers keep and send, compiled into the program.
//!
//! They are written here (`xsd/`); names, types and cardinalities are those of the published ones, and
//! `tests/published.rs` holds their verdicts against those. MCVideo and MCData configuration documents have none.

mod declared;

pub use declared::{Declared, declared};
use xml::{
    Malformed,
    schema::{Catalog, SchemaSet, Unsound},
};

/// Location and text of each; `patch-ops.xsd` has no namespace of its own and is included by `xcap-diff.xsd`.
const TEXTS: [(&str, &str); 18] = [
    ("common-policy.xsd", include_str!("../xsd/common-policy.xsd")),
    ("list-service.xsd", include_str!("../xsd/list-service.xsd")),
    ("mcptt-gktp.xsd", include_str!("../xsd/mcptt-gktp.xsd")),
    ("mcptt-group-info.xsd", include_str!("../xsd/mcptt-group-info.xsd")),
    ("mcptt-service-config.xsd", include_str!("../xsd/mcptt-service-config.xsd")),
    ("mcptt-ue-config.xsd", include_str!("../xsd/mcptt-ue-config.xsd")),
    ("mcptt-ue-init-config.xsd", include_str!("../xsd/mcptt-ue-init-config.xsd")),
    ("mcptt-user-profile.xsd", include_str!("../xsd/mcptt-user-profile.xsd")),
    ("partner-connectivity.xsd", include_str!("../xsd/partner-connectivity.xsd")),
    ("patch-ops.xsd", include_str!("../xsd/patch-ops.xsd")),
    ("resource-lists.xsd", include_str!("../xsd/resource-lists.xsd")),
    ("rls-services.xsd", include_str!("../xsd/rls-services.xsd")),
    ("xcap-caps.xsd", include_str!("../xsd/xcap-caps.xsd")),
    ("xcap-diff.xsd", include_str!("../xsd/xcap-diff.xsd")),
    ("xcap-directory.xsd", include_str!("../xsd/xcap-directory.xsd")),
    ("xcap-error.xsd", include_str!("../xsd/xcap-error.xsd")),
    ("xdm-common-policy.xsd", include_str!("../xsd/xdm-common-policy.xsd")),
    ("xdm-extensions.xsd", include_str!("../xsd/xdm-extensions.xsd")),
];

/// For import by others; nothing has it as its own namespace.
const XML: (&str, &str) = ("xml.xsd", include_str!("../xsd/xml.xsd"));

/// The texts, to which an operator's own may be added before a set is built.
///
/// # Errors
/// [`Malformed`] where a text is not a schema, which a test excludes.
pub fn catalog() -> Result<Catalog, Malformed> {
    let mut catalog = Catalog::default();
    for (location, text) in TEXTS.into_iter().chain([XML]) {
        catalog.add(location, text)?;
    }
    Ok(catalog)
}

/// All the vocabularies of the catalog together, so that what stands under a wildcard is judged too whichever of them
/// it is of. A usage takes its own root element with [`SchemaSet::rooted`].
///
/// # Errors
/// [`Unsound`] where the schemas do not compile; those of [`catalog`] alone do.
pub fn documents(catalog: &Catalog) -> Result<SchemaSet, Unsound> {
    let namespaces: Vec<&str> = catalog.namespaces().collect();
    SchemaSet::build(catalog, &namespaces)
}
