//! What the server can do: the document of `xcap-caps` (RFC 4825 clause 12), made from its usages.

use std::collections::BTreeSet;

use xml::Writer;

use crate::Usages;

/// The application usage.
pub const AUID: &str = "xcap-caps";
/// The media type of the document.
pub const MEDIA_TYPE: &str = "application/xcap-caps+xml";
/// Where the document is, in the global tree.
pub const DOCUMENT: &str = "index";
/// The namespace of the document.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:xcap-caps";

/// The document. `extensions` are those of XCAP that the server has, such as `patch` of xcap-diff.
#[must_use]
pub fn write(usages: &Usages, extensions: &[&str]) -> Vec<u8> {
    let namespaces: BTreeSet<&str> = usages
        .iter()
        .flat_map(|usage| std::iter::once(&usage.default_namespace).chain(&usage.namespaces))
        .map(String::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    Writer::document("xcap-caps", NAMESPACE, &[], |w| {
        w.element("auids", &[], |w| usages.iter().for_each(|usage| w.leaf("auid", &usage.auid)));
        w.element("extensions", &[], |w| extensions.iter().for_each(|name| w.leaf("extension", name)));
        w.element("namespaces", &[], |w| namespaces.iter().for_each(|name| w.leaf("namespace", name)));
    })
}
