//! From a request and the document as it is kept to what becomes of both (RFC 4825 clauses 7 and 8).

mod body;
mod read;
mod remove;
mod write;

use xml::{Limits, path::Terminal, schema::Validator};

use crate::{Answer, Conditions, Current, Outcome, Root, Served, Target, Usage, condition::Verdict};

/// What XCAP does with a resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD: as GET; the caller leaves out the body.
    Head,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
    /// Any other, by name.
    Other(String),
}

impl Method {
    /// The method of a name; names are in upper case (RFC 9110 clause 9.1).
    #[must_use]
    pub fn new(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether nothing changes by it.
    #[must_use]
    pub fn reads(&self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// A request, by an identity that may make it ([`crate::Access::check`]).
#[derive(Clone, Debug)]
pub struct Request<'r> {
    /// What is done.
    pub method: Method,
    /// To what.
    pub target: &'r Target,
    /// The Content-Type.
    pub content_type: Option<&'r str>,
    /// If-Match and If-None-Match.
    pub conditions: Conditions,
    /// The body.
    pub body: &'r [u8],
}

/// What holds for every request to one usage.
#[derive(Clone, Copy)]
pub struct Rules<'r> {
    /// The usage of the target.
    pub usage: &'r Usage,
    /// What judges its documents; none where it has no schema, or none at hand.
    pub schema: Option<&'r dyn Validator>,
    /// Where the documents are, for the URIs of ancestors.
    pub root: &'r Root,
    /// What a document may be.
    pub limits: &'r Limits,
}

/// What all methods of kept documents are.
const KEPT: &str = "GET, HEAD, PUT, DELETE";
/// What is left of them where nothing can be written.
const READ_ONLY: &str = "GET, HEAD";

/// Decides a request. `current` is the document of the target, where there is one, whatever node of it is meant. The same
/// arguments come to the same outcome.
#[must_use]
pub fn decide(rules: &Rules<'_>, request: &Request<'_>, current: Option<&Current>) -> Outcome {
    let outcome = refuse_method(rules, request).map_or_else(|| carry_out(rules, request, current), Err);
    outcome.unwrap_or_else(Outcome::Answer)
}

/// The ways out on which nothing changes are `Err`.
type Decided = Result<Outcome, Answer>;

fn carry_out(rules: &Rules<'_>, request: &Request<'_>, current: Option<&Current>) -> Decided {
    match request.method {
        Method::Get | Method::Head => read::get(rules, request, current).map(Outcome::Answer),
        Method::Put => write::put(rules, request, current).map(Outcome::Commit),
        Method::Delete => remove::delete(rules, request, current).map(Outcome::Commit),
        Method::Other(_) => Err(Answer::not_allowed(KEPT, "the method is not one of XCAP")),
    }
}

/// 405, by clauses 8.1, 8.2.1 and 8.4.
fn refuse_method(rules: &Rules<'_>, request: &Request<'_>) -> Option<Answer> {
    let is_namespaces = |node: &crate::Node| node.path.terminal == Some(Terminal::Namespaces);
    let read_only = if rules.usage.served(&request.target.tree) == Served::Generated {
        Some("the document is made by the server")
    } else if request.target.node.as_ref().is_some_and(is_namespaces) {
        Some("namespaces in scope are read only")
    } else {
        None
    };
    match (&request.method, read_only) {
        (Method::Get | Method::Head, _) | (Method::Put | Method::Delete, None) => None,
        (Method::Put | Method::Delete, Some(why)) => Some(Answer::not_allowed(READ_ONLY, why)),
        (Method::Other(name), _) => {
            let allow = if read_only.is_some() { READ_ONLY } else { KEPT };
            let why = match (&rules.usage.post, name.as_str()) {
                (Some(operations), "POST") => format!("{operations} are not served here"),
                _ => "the method is not one of XCAP".to_owned(),
            };
            Some(Answer::not_allowed(allow, why))
        }
    }
}

/// Clause 7.11: the document's entity tag stands for all that is in it, and for what is to be put into it. Only `*` asks
/// whether the very resource is there.
fn check_conditions(request: &Request<'_>, current: Option<&Current>, is_there: bool) -> Result<(), Answer> {
    let etag = current.map(Current::etag);
    match request.conditions.check(etag, is_there, request.method.reads()) {
        Verdict::Holds => Ok(()),
        Verdict::NotModified => Err(Answer::status(304).with_etag(etag)),
        Verdict::Failed => Err(Answer::phrase(412, "a condition does not hold").with_etag(etag)),
    }
}
