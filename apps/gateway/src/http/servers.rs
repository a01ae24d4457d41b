//! What partners find behind the border: one XCAP root, and the servers that share it.

use std::{fmt, ops::Range};

use http::{Uri, uri::Scheme};
use wire::Hop;

use super::target::Target;
use crate::topology::readings;

/// An XCAP root (RFC 4825 clause 6.1): `https://host[:port][/path]`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Root {
    is_https: bool,
    /// In lower case, without the scheme's own port.
    authority: String,
    /// Empty, or with a slash at its beginning and none at its end.
    path: String,
}

/// A text that is no XCAP root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadRoot(pub String);

impl fmt::Display for BadRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an XCAP root such as https://xcap.primary.example/xcap", self.0)
    }
}

impl std::error::Error for BadRoot {}

impl Root {
    /// Reads a root.
    ///
    /// # Errors
    /// Where it is not absolute, not of HTTP, or has a query, a user, or a path that could be read in two ways.
    pub fn new(text: &str) -> Result<Self, BadRoot> {
        let bad = || BadRoot(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let authority =
            uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(bad)?;
        let is_https = uri.scheme() == Some(&Scheme::HTTPS);
        let path = uri.path().trim_end_matches('/');
        let is_plain = path.split('/').skip(1).all(|segment| {
            let of_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(of_names)
        });
        let is_http = is_https || uri.scheme() == Some(&Scheme::HTTP);
        if !is_http || !is_plain || uri.query().is_some() || text.contains('#') {
            return Err(bad());
        }
        let authority = named(authority.as_str(), is_https);
        Ok(Self { is_https, authority, path: path.to_owned() })
    }

    /// Whether an authority, as Host or `:authority` says it, is this root's.
    #[must_use]
    pub fn is_at(&self, authority: &str) -> bool {
        named(authority, self.is_https) == self.authority
    }

    /// The host, without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        let after_v6 = self.authority.rfind(']').unwrap_or(0);
        let end = self.authority.get(after_v6..).and_then(|rest| rest.rfind(':'));
        end.and_then(|at| self.authority.get(..after_v6 + at)).unwrap_or(&self.authority)
    }

    /// What of a path lies below this root, beginning with its slash.
    #[must_use]
    pub fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.path.as_str()).filter(|below| below.starts_with('/'))
    }

    /// The URI of what lies below this root.
    #[must_use]
    pub fn uri(&self, below: &str) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        format!("{scheme}://{}{}{below}", self.authority, self.path)
    }

    /// What of an absolute URI lies below this root.
    pub(crate) fn below_uri<'u>(&self, uri: &'u str) -> Option<&'u str> {
        let scheme = if self.is_https { "https://" } else { "http://" };
        let rest = uri.strip_prefix(scheme)?;
        let (authority, path) = rest.split_at(rest.find('/')?);
        self.is_at(authority).then(|| self.below(path)).flatten()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    /// What lies below this root, told as below another: an absolute URI or an absolute path (RFC 3986 4.2); none of anything else.
    pub(crate) fn told_below(&self, other: &Self, uri: &str) -> Option<String> {
        let absolute = self.below_uri(uri).map(|below| other.uri(below));
        absolute.or_else(|| self.below(uri).map(|below| format!("{}{below}", other.path)))
    }

    /// Whether a text holds the path of this root, where that is not part of the other's: as it is written, or as whoever receives it
    /// may read it, in escapes of escapes, and by way of empty and dot segments (RFC 3986 5.2.4). Errs on the side of finding.
    pub(crate) fn path_occurs_in(&self, text: &[u8], other: &Self) -> bool {
        let found = |text: &[u8]| {
            self.path_lies_in(text, other) || walked(text).is_some_and(|text| self.path_lies_in(&text, other))
        };
        readings::any(text, |text| found(text) || readings::any(text, found))
    }

    fn path_lies_in(&self, text: &[u8], other: &Self) -> bool {
        let others: Vec<Range<usize>> = other.places_in(text).collect();
        let is_of_other =
            |own: &Range<usize>| others.iter().any(|other| other.start <= own.start && own.end <= other.end);
        self.places_in(text).any(|own| !is_of_other(&own))
    }

    /// Where a text holds the path of this root, and not that of a longer name; nowhere where it has none.
    fn places_in<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = Range<usize>> + 't {
        let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let path = self.path.as_bytes();
        let found = (!path.is_empty()).then(|| memchr::memmem::find_iter(text, path));
        let places = found.into_iter().flatten().map(|at| at..at + path.len());
        places.filter(move |place| !text.get(place.end).is_some_and(goes_on))
    }
}

/// The text without empty and dot segments; none where it has none.
fn walked(text: &[u8]) -> Option<Vec<u8>> {
    let is_step = |segment: &[u8]| matches!(segment, b"" | b"." | b"..");
    text.split(|byte| *byte == b'/').skip(1).any(is_step).then(|| {
        let mut segments: Vec<&[u8]> = Vec::new();
        for segment in text.split(|byte| *byte == b'/') {
            match segment {
                b"." | b"" => {}
                b".." => drop(segments.pop()),
                _ => segments.push(segment),
            }
        }
        // What an absolute path begins with is no segment.
        let mut path = segments.join(&b'/');
        path.insert(0, b'/');
        path
    })
}

/// One spelling for one authority.
fn named(authority: &str, is_https: bool) -> String {
    let usual = if is_https { ":443" } else { ":80" };
    authority.strip_suffix(usual).unwrap_or(authority).to_ascii_lowercase()
}

/// A server of the own system that partners reach through the border.
#[derive(Clone, Debug)]
pub struct Server {
    /// The application usages that it serves.
    pub auids: Vec<Box<str>>,
    /// Of `org.openmobilealliance.groups`, the groups that it is responsible for: their IDs, in which `*` stands for any
    /// octets. All if empty.
    pub groups: Vec<Box<str>>,
    /// Its own root.
    pub root: Root,
    /// Where it is.
    pub hop: Hop,
}

/// All of them.
#[derive(Clone, Debug)]
pub struct Servers {
    /// The root that partners know.
    pub root: Root,
    /// In the order in which they are asked whether a document is theirs: of two that match, those that name groups first.
    list: Vec<Server>,
}

impl Servers {
    /// These servers, under this public root.
    #[must_use]
    pub fn new(root: Root, mut list: Vec<Server>) -> Self {
        list.sort_by_key(|server| server.groups.is_empty());
        Self { root, list }
    }

    /// Who has this document.
    #[must_use]
    pub(super) fn serving(&self, target: &Target) -> Option<&Server> {
        self.list.iter().find(|server| {
            let is_its = server.auids.iter().any(|auid| **auid == *target.auid);
            let has = |group: &str| server.groups.iter().any(|pattern| matches(pattern, group));
            is_its && (server.groups.is_empty() || target.group.as_deref().is_some_and(has))
        })
    }
}

/// Whether a text is what the pattern says; `*` stands for any octets.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests;
