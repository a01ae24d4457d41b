//! What a request URI names: a document, or a node of one (RFC 4825 clause 6).

mod namespaces;
mod percent;

use std::fmt;

pub use percent::encode;
use xml::path::{Bindings, Path};

use crate::{Usage, Usages};

/// Octets of path and query. Longer ones are refused unread with 414.
pub const MAX_URI: usize = 16 * 1024;

/// Segments of a document selector.
const MAX_SEGMENTS: usize = 16;

/// The XCAP root (RFC 4825 clause 6.1): the URI below which all documents are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Root {
    uri: String,
    path: String,
}

/// A resource, within the trees of one application usage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The application usage's identifier.
    pub auid: String,
    /// Under which tree.
    pub tree: Tree,
    /// The document's path under the tree, decoded, its segments joined by `/`.
    pub document: String,
    /// What of the document; all of it where there is none.
    pub node: Option<Node>,
}

/// The trees of a usage (RFC 4825 clause 6.2).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Tree {
    /// `global`.
    Global,
    /// `users`, and the XCAP user identifier.
    User(String),
}

/// A part of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Which.
    pub path: Path,
    /// The selector as it was read, decoded.
    pub selector: String,
    /// The query as it came, encoded, without its `?`.
    pub query: String,
    /// What the query's prefixes stand for.
    pub prefixes: Vec<(String, String)>,
}

/// Why a request URI names nothing that could be there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadUri {
    /// 400, 404 or 414.
    pub status: u16,
    /// What is wrong; no part of the URI stands in it.
    pub phrase: String,
}

impl BadUri {
    fn new(status: u16, phrase: impl Into<String>) -> Self {
        Self { status, phrase: phrase.into() }
    }
}

impl fmt::Display for BadUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.phrase)
    }
}

impl std::error::Error for BadUri {}

impl Root {
    /// A root by its absolute `http` or `https` URI, with or without a path, without query.
    #[must_use]
    pub fn new(uri: &str) -> Option<Self> {
        let authority_at =
            uri.strip_prefix("https://").map(|_| 8).or_else(|| uri.strip_prefix("http://").map(|_| 7))?;
        let uri = uri.trim_end_matches('/');
        let after =
            uri.get(authority_at..).filter(|rest| !rest.is_empty() && !rest.contains(['?', '#', ' ']))?;
        let path = after.find('/').and_then(|at| after.get(at..)).unwrap_or_default();
        Some(Self { uri: uri.to_owned(), path: path.to_owned() })
    }

    /// The URI, without a slash at its end.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }
}

impl Target {
    /// Reads the path and query of a request, as they came: raw, percent-encoded, or some of both.
    ///
    /// # Errors
    /// [`BadUri`]: 404 where nothing is at such a place, 400 where the grammar is left, 414 where it is too long.
    pub fn parse(path_and_query: &str, root: &Root, usages: &Usages) -> Result<Self, BadUri> {
        if path_and_query.len() > MAX_URI {
            return Err(BadUri::new(414, "the URI is too long"));
        }
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let below = path.strip_prefix(&root.path).and_then(|rest| rest.strip_prefix('/'));
        let below = below.ok_or_else(|| BadUri::new(404, "not below the XCAP root"))?;
        let (segments, selector) = split(below)?;
        let (target, usage) = document(&segments, usages)?;
        match selector {
            None => Ok(target),
            Some(raw) => Ok(Self { node: Some(node(raw, query, usage)?), ..target }),
        }
    }

    /// Reads a document selector that stands in another document or is a key: decoded or encoded, relative to the root.
    ///
    /// # Errors
    /// [`BadUri`], as for [`Target::parse`].
    pub fn relative(selector: &str, usages: &Usages) -> Result<Self, BadUri> {
        let root = Root { uri: String::new(), path: String::new() };
        let selector = selector.trim_start_matches('/');
        Self::parse(&format!("/{selector}"), &root, usages)
    }

    /// The document selector, decoded: what `sel` of an xcap-diff says (RFC 5874 clause 3), relative to the root.
    #[must_use]
    pub fn selector(&self) -> String {
        match &self.tree {
            Tree::Global => format!("{}/global/{}", self.auid, self.document),
            Tree::User(xui) => format!("{}/users/{xui}/{}", self.auid, self.document),
        }
    }

    /// The document's absolute URI, percent-encoded.
    #[must_use]
    pub fn uri(&self, root: &Root) -> String {
        format!("{}/{}", root.uri, encode(&self.selector()))
    }

    /// The absolute URI of the tree's own folder, which is always there where the usage has documents in that tree (RFC 4825 clause
    /// 6.2).
    #[must_use]
    pub fn home(&self, root: &Root) -> String {
        let tree = match &self.tree {
            Tree::Global => format!("{}/global", self.auid),
            Tree::User(xui) => format!("{}/users/{xui}", self.auid),
        };
        format!("{}/{}", root.uri, encode(&tree))
    }

    /// The absolute URI of the element that the first `steps` steps of the selector find, or of the document where that
    /// is none.
    #[must_use]
    pub fn ancestor(&self, root: &Root, steps: usize) -> String {
        let document = self.uri(root);
        let Some(node) = &self.node else { return document };
        let end = steps.checked_sub(1).and_then(|last| node.path.steps.get(last)).map(|step| step.end);
        let Some(selector) = end.and_then(|end| node.selector.get(..end)) else { return document };
        let query = if node.query.is_empty() { String::new() } else { format!("?{}", node.query) };
        format!("{document}/~~/{}{query}", encode(selector.trim_start_matches('/')))
    }

    /// The last segment of the document's path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.document.rsplit('/').next().unwrap_or_default()
    }
}

/// The decoded segments of the document selector, and the node selector as it came.
fn split(below: &str) -> Result<(Vec<String>, Option<&str>), BadUri> {
    let mut segments = Vec::new();
    let mut rest = below;
    loop {
        let (raw, after) = match rest.split_once('/') {
            Some((raw, after)) => (raw, Some(after)),
            None => (rest, None),
        };
        let segment = percent::decode(raw)?;
        if segment == "~~" {
            return Ok((segments, Some(after.unwrap_or_default())));
        }
        segments.push(checked(segment)?);
        if segments.len() > MAX_SEGMENTS {
            return Err(BadUri::new(404, "the document selector has too many segments"));
        }
        match after {
            Some(after) => rest = after,
            None => return Ok((segments, None)),
        }
    }
}

/// A segment is a name, whatever a file system would make of it.
fn checked(segment: String) -> Result<String, BadUri> {
    if segment.is_empty() {
        return Err(BadUri::new(404, "a segment of the document selector is empty"));
    }
    let is_dots = matches!(segment.as_str(), "." | "..");
    if is_dots || segment.chars().any(|c| c.is_control() || matches!(c, '/' | '\\')) {
        return Err(BadUri::new(400, "a segment of the document selector is not a name"));
    }
    Ok(segment)
}

fn document<'u>(segments: &[String], usages: &'u Usages) -> Result<(Target, &'u Usage), BadUri> {
    let (auid, rest) =
        segments.split_first().ok_or_else(|| BadUri::new(404, "no application usage is named"))?;
    let not_served = || crate::usages::unserved(auid).unwrap_or("the application usage is not served here");
    let usage = usages.get(auid).ok_or_else(|| BadUri::new(404, not_served()))?;
    let (tree, names) = match rest.split_first() {
        Some((tree, names)) if tree == "global" => (Tree::Global, names),
        Some((tree, names)) if tree == "users" => match names.split_first() {
            Some((xui, names)) => (Tree::User(canonical(xui)), names),
            None => return Err(BadUri::new(404, "no user is named")),
        },
        _ => return Err(BadUri::new(404, "neither the global tree nor a user's is named")),
    };
    let (name, folders) = names.split_last().ok_or_else(|| BadUri::new(404, "no document is named"))?;
    let mut names: Vec<String> = folders.to_vec();
    names.push(canonical(name));
    Ok((Target { auid: auid.clone(), tree, document: names.join("/"), node: None }, usage))
}

fn node(raw: &str, query: &str, usage: &Usage) -> Result<Node, BadUri> {
    let mut selector = percent::decode(raw)?;
    let mut query = query.to_owned();
    // Some clients encode the question mark too.
    if let Some(at) = query.is_empty().then(|| question_mark(&selector)).flatten() {
        query = encode(selector.get(at + 1..).unwrap_or_default());
        selector.truncate(at);
    }
    let prefixes = namespaces::read(&percent::decode(&query)?)?;
    let bindings = Bindings { default: &usage.default_namespace, prefixes: &prefixes };
    let path = Path::parse(&selector, &bindings).map_err(|invalid| BadUri::new(400, invalid.to_string()))?;
    Ok(Node { path, selector, query, prefixes })
}

/// Where the selector ends and a query that came with it begins: a `?` outside quotes.
fn question_mark(selector: &str) -> Option<usize> {
    let mut quote = None;
    selector.char_indices().find_map(|(at, c)| {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '?') => return Some(at),
            _ => {}
        }
        None
    })
}

/// What [`encode`] has encoded; none where that cannot be.
#[must_use]
pub fn decode(path: &str) -> Option<String> {
    percent::decode(path).ok()
}

/// A segment of another URI, decoded; none where it is no name.
pub(crate) fn decoded(segment: &str) -> Option<String> {
    percent::decode(segment).and_then(checked).ok()
}

/// One spelling for one SIP URI: scheme and host in lower case, escapes only where they are needed (RFC 3261 clause 19.1.4).
/// Other names stay.
#[must_use]
pub fn canonical(name: &str) -> String {
    let Some((scheme, rest)) = name.split_once(':') else { return name.to_owned() };
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "sip" | "sips") {
        return name.to_owned();
    }
    // What follows the user holds no "@".
    let (user, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
    let end = rest.find([';', '?']).unwrap_or(rest.len());
    let (host, parameters) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let host = host.to_ascii_lowercase();
    match user {
        Some(user) => format!("{scheme}:{}@{host}{parameters}", percent::least(user)),
        None => format!("{scheme}:{host}{parameters}"),
    }
}
