//! Whether what is put, and what comes of it, is what it must be (RFC 4825 clauses 8.2.2 and 8.2.5).

use xml::{Document, Index, Limits, Malformed};

use super::{Request, Rules};
use crate::{Answer, Claim, XcapError, check, media};

/// The body as text, of the media type that the target asks for.
///
/// 415 for another media type, 413 for too much, 409 `not-utf-8`.
pub(super) fn text<'r>(request: &Request<'r>, media_type: &str, limits: &Limits) -> Result<&'r str, Answer> {
    if request.body.len() > limits.size {
        return Err(Answer::phrase(413, format!("a document has at most {} octets", limits.size)));
    }
    let not_utf8 = |phrase: String| Answer::from(XcapError::NotUtf8(Some(phrase)));
    if media::is_in_other_charset(request.content_type, media_type) {
        return Err(not_utf8("the Content-Type names another charset".to_owned()));
    }
    if !media::is(request.content_type, media_type) {
        return Err(Answer::phrase(415, format!("the body must be {media_type}")));
    }
    std::str::from_utf8(request.body).map_err(|error| not_utf8(format!("octet {}", error.valid_up_to())))
}

/// What is told of a document that cannot be read.
pub(super) fn unreadable(fault: &Malformed) -> Answer {
    let phrase = Some(fault.to_string());
    Answer::from(match &*fault.rule {
        ENCODING => XcapError::NotUtf8(phrase),
        rule if LIMITS.contains(&rule) => XcapError::Constraint(phrase),
        _ => XcapError::NotWellFormed(phrase),
    })
}

/// The rule by which [`Document::parse`] refuses a declared encoding.
const ENCODING: &str = "the encoding must be UTF-8";

/// The rules by which [`Document::parse`] refuses what is well-formed.
const LIMITS: [&str; 10] = [
    "a document type declaration is not allowed",
    "the document is too large",
    "elements are nested too deeply",
    "an element has too many attributes",
    "too many namespaces are declared",
    "a namespace name is too long",
    "a name is too long",
    "the document has too many nodes",
    "the document has too many attributes",
    "the document has too many namespaces",
];

/// Goes through schema and checks; says which values no other document may hold.
pub(super) fn valid(
    rules: &Rules<'_>,
    request: &Request<'_>,
    document: &Document<'_>,
    index: &Index,
) -> Result<Vec<Claim>, Answer> {
    let usage = rules.usage;
    let root = document.root();
    let is_named = usage.outermost.as_ref().is_none_or(|name| root.name() == name);
    if !is_named || !usage.default_namespace.is_empty() && root.namespace() != usage.default_namespace {
        let fault = root.fault("the outermost element is not one of the application usage");
        return Err(XcapError::SchemaValidation(Some(fault.to_string())).into());
    }
    if let Some(schema) = rules.schema {
        schema.validate(document).map_err(|faults| {
            let told: Vec<String> = faults.iter().take(MAX_FAULTS).map(ToString::to_string).collect();
            Answer::from(XcapError::SchemaValidation(Some(told.join("; "))))
        })?;
    }
    check::run(usage, request.target, document.text(), index).map_err(Answer::from)
}

/// More faults than this are not told at once.
const MAX_FAULTS: usize = 4;
