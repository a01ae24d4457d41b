//! Entity tags, and requests that depend on them (RFC 4825 clause 7.11, RFC 9110 clauses 8.8.3 and 13).

use std::fmt;

/// More tags than this in one field are not read: the field is taken for one that matches nothing.
const MAX_TAGS: usize = 64;

/// A strong entity tag, without its quotes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Etag(String);

impl Etag {
    /// A tag; characters that no tag may hold (RFC 9110 clause 8.8.3) are left out.
    #[must_use]
    pub fn new(opaque: &str) -> Self {
        Self(opaque.chars().filter(|c| ('!'..='~').contains(c) && *c != '"').collect())
    }

    /// The tag without quotes, as an xcap-diff carries it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// With quotes, as a header field carries it.
impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// The tags of one header field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EtagList {
    /// `*`: whatever there is.
    Any,
    /// Those named. Weak ones are kept as such: they match where weak comparison is asked for only.
    Tags(Vec<(Etag, bool)>),
}

impl EtagList {
    /// Reads a field's value: `*`, or tags in quotes or without, with `W/` or without, between commas. What is not a
    /// tag matches nothing.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        let value = value.trim();
        if value == "*" {
            return Self::Any;
        }
        let mut tags = Vec::new();
        let mut rest = value;
        while !rest.is_empty() && tags.len() <= MAX_TAGS {
            let (weak, after) = rest.strip_prefix("W/").map_or((false, rest), |after| (true, after));
            let (tag, after) = match after.strip_prefix('"') {
                Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
                None => after.split_at(after.find(',').unwrap_or(after.len())),
            };
            if !tag.trim().is_empty() {
                tags.push((Etag::new(tag.trim()), weak));
            }
            rest = after.trim_start_matches([' ', '\t', ',']);
        }
        if tags.len() > MAX_TAGS {
            tags.clear();
        }
        Self::Tags(tags)
    }

    /// `is_there` says whether the resource is, `etag` is that of the document.
    fn matches(&self, etag: Option<&Etag>, is_there: bool, weakly: bool) -> bool {
        match (self, etag) {
            (Self::Any, _) => is_there,
            (Self::Tags(_), None) => false,
            (Self::Tags(tags), Some(etag)) => tags.iter().any(|(tag, weak)| tag == etag && (weakly || !weak)),
        }
    }
}

/// What a request demands of the document before it is carried out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Conditions {
    /// If-Match.
    pub if_match: Option<EtagList>,
    /// If-None-Match.
    pub if_none_match: Option<EtagList>,
}

/// What the conditions come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Holds,
    /// 304, to a request that reads.
    NotModified,
    /// 412.
    Failed,
}

impl Conditions {
    /// None at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether the request demands anything: if not, one that lost a race may be decided again.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none()
    }

    /// RFC 9110 clause 13.2.2, with RFC 4825 clause 7.11: the entity tag of a node is that of its document, and an
    /// If-Match that names it lets a new node be put into that state of the document.
    pub(crate) fn check(&self, etag: Option<&Etag>, is_there: bool, reads: bool) -> Verdict {
        if self.if_match.as_ref().is_some_and(|list| !list.matches(etag, is_there, false)) {
            return Verdict::Failed;
        }
        if is_there && self.if_none_match.as_ref().is_some_and(|list| list.matches(etag, is_there, true)) {
            return if reads { Verdict::NotModified } else { Verdict::Failed };
        }
        Verdict::Holds
    }
}
