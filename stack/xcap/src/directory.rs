//! Which documents a user has: the document of `org.openmobilealliance.xcap-directory` (OMA XDM).

use xml::Writer;

use crate::{Etag, Root, Target};

/// The application usage.
pub const AUID: &str = "org.openmobilealliance.xcap-directory";
/// The media type of the document.
pub const MEDIA_TYPE: &str = "application/vnd.oma.xcap-directory+xml";
/// The namespace of the document.
pub const NAMESPACE: &str = "urn:oma:xml:xdm:xcap-directory";
/// Its name in each user's tree.
pub const DOCUMENT: &str = "directory.xml";

/// The documents of one application usage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folder {
    /// The usage.
    pub auid: String,
    /// Its documents.
    pub entries: Vec<Entry>,
}

/// One document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Which.
    pub target: Target,
    /// Which state of it.
    pub etag: Etag,
    /// Octets.
    pub size: usize,
}

/// The document.
#[must_use]
pub fn write(folders: &[Folder], root: &Root) -> Vec<u8> {
    Writer::document("xcap-directory", NAMESPACE, &[], |w| {
        for folder in folders {
            w.element("folder", &[("auid", &folder.auid)], |w| {
                for entry in &folder.entries {
                    let (uri, size) = (entry.target.uri(root), entry.size.to_string());
                    let attributes = [("uri", &*uri), ("etag", entry.etag.as_str()), ("size", &size)];
                    w.element("entry", &attributes, |_| {});
                }
            });
        }
    })
}
