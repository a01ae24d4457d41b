//! What a request target names, read in the one way in which anybody may read it.
//! RFC 4825 clause 6 · RFC 3986 clauses 2 and 6.2
//!
//! The path is decided upon decoded and goes on as it came, octet by octet. That is safe only where no reader could take it
//! for another path; whatever could be is refused.

use super::agreement::GROUPS;

/// Octets of path and query. Longer ones name nothing.
const LONGEST: usize = 16 << 10;

/// A document, as far as a border needs to know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Target {
    /// The application usage's identifier.
    pub auid: String,
    /// The group, of a document in `org.openmobilealliance.groups/global/byGroupID`.
    pub group: Option<String>,
}

/// A target that could be read in two ways, or that no XCAP server has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ambiguous(pub &'static str);

impl Target {
    /// Reads what lies below an XCAP root, with its query.
    ///
    /// # Errors
    /// [`Ambiguous`], with a few words about what is wrong.
    pub fn read(below: &str) -> Result<Self, Ambiguous> {
        if below.len() > LONGEST {
            return Err(Ambiguous("too long"));
        }
        let (path, query) = below.split_once('?').unwrap_or((below, ""));
        decoded(query, Part::Query)?;
        let path = path.strip_prefix('/').ok_or(Ambiguous("not below the root"))?;
        let (document, node) = split(path)?;
        if let Some(node) = node {
            // No step of a node selector is a dot segment; a reader that takes the whole for a path would follow one.
            if decoded(node, Part::Node)?.split('/').any(|step| matches!(name(step), "." | "..")) {
                return Err(Ambiguous("a dot segment"));
            }
        }
        let mut segments = Vec::new();
        for raw in document.split('/') {
            segments.push(segment(raw)?);
        }
        let mut segments = segments.into_iter();
        let auid = segments.next().unwrap_or_default();
        if !auid.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')) {
            return Err(Ambiguous("no application usage is named"));
        }
        let by_group =
            (auid == GROUPS).then(|| (segments.next(), segments.next())).is_some_and(|(tree, folder)| {
                tree.as_deref() == Some("global") && folder.as_deref() == Some("byGroupID")
            });
        let group = segments.next().filter(|_| by_group);
        Ok(Self { auid, group })
    }
}

/// The document selector and the node selector, which `~~` divides, however it is written.
fn split(path: &str) -> Result<(&str, Option<&str>), Ambiguous> {
    let mut at = 0;
    for raw in path.split('/') {
        let end = at + raw.len();
        if decoded(raw, Part::Node)? == "~~" {
            let document = path.get(..at.saturating_sub(1)).unwrap_or_default();
            return Ok((document, Some(path.get(end..).unwrap_or_default())));
        }
        at = end + 1;
    }
    Ok((path, None))
}

/// A segment of a document selector: a name, whatever a file system, or a reader that decodes twice, would make of it.
fn segment(raw: &str) -> Result<String, Ambiguous> {
    let segment = decoded(raw, Part::Document)?;
    match (segment.as_str(), name(&segment)) {
        ("", _) => Err(Ambiguous("an empty segment")),
        (_, "." | "..") => Err(Ambiguous("a dot segment")),
        _ => Ok(segment),
    }
}

/// A segment without its parameters (RFC 3986 3.3): readers that take those off would follow the dots that are left.
fn name(segment: &str) -> &str {
    segment.split(';').next().unwrap_or(segment)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Document,
    Node,
    Query,
}

/// Decodes percent-encoding once. What would mean something else to who decodes again, or to who decodes sooner, is refused.
fn decoded(raw: &str, part: Part) -> Result<String, Ambiguous> {
    let mut octets = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        let (byte, is_encoded) = match byte {
            b'%' => (hexadecimal(rest.next(), rest.next()).ok_or(Ambiguous("a broken escape"))?, true),
            plain => (plain, false),
        };
        if byte.is_ascii_control() || byte == b'\\' {
            return Err(Ambiguous("an octet that is no part of a name"));
        }
        if is_encoded && part == Part::Document && matches!(byte, b'/' | b'%' | b'?' | b'#') {
            return Err(Ambiguous("an encoded delimiter"));
        }
        octets.push(byte);
    }
    String::from_utf8(octets).map_err(|_| Ambiguous("not UTF-8"))
}

fn hexadecimal(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high?)? << 4 | digit(low?)?)
}

#[cfg(test)]
mod tests;
