//! URIs of documents that stand in documents.

use crate::{Tree, target::canonical};

/// The tree of the usage that an absolute HTTP URI is in; none where it is no such URI. Where the XCAP root of another server
/// ends is not known: the usage is the first segment of its name with a tree behind it.
pub(super) fn read(uri: &str, auid: &str) -> Option<Tree> {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
    let (authority, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next().filter(|_| !authority.is_empty())?;
    let segments: Vec<&str> = path.split('/').take_while(|segment| *segment != "~~").collect();
    segments.windows(3).find_map(|window| match window {
        [usage, "global", document] if *usage == auid && !document.is_empty() => Some(Tree::Global),
        [usage, "users", xui] if *usage == auid => {
            crate::target::decoded(xui).map(|xui| Tree::User(canonical(&xui)))
        }
        _ => None,
    })
}
