//! From HTTP to XCAP and back.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use xcap::{
    Act, Answer, Body, Conditions, Denied, EtagList, Method, Outcome, Rules, Served, Target, XcapError,
};

use super::{Applied, Documents, Trouble, apply::Asker};
use crate::{
    refusal::{Cause, Refusal},
    stop::Fault,
    web::refuses,
};

pub(super) async fn serve(
    documents: &Documents,
    request: &Request<Bytes>,
    principal: Option<&str>,
) -> Response<Bytes> {
    let Some(_place) = documents.room.take() else { return failed(Trouble::Busy) };
    let uri = request.uri().path_and_query().map_or("/", |found| found.as_str());
    let target = match documents.target(uri) {
        Ok(target) => target,
        Err(bad) => return answer(Answer::phrase(bad.status, bad.phrase)),
    };
    if request.method() == http::Method::PUT && is_coded(request.headers()) {
        return coded();
    }
    match carry_out(documents, request, &target, principal).await {
        Ok(Applied::Answered(answered)) => answer(answered),
        Ok(Applied::Kept { status, etag }) => answer(Answer { etag, ..Answer::status(status) }),
        Ok(Applied::Denied(denied)) => forbidden(denied),
        Ok(Applied::Objected(error)) => objected(error),
        Err(trouble) => failed(trouble),
    }
}

/// Answers a request that reads, of whom reading has been allowed.
pub(super) async fn show(
    documents: &Documents,
    target: &Target,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let asked = xcap::Request {
        method: Method::new(request.method().as_str()),
        target,
        content_type: None,
        conditions: conditions(request.headers()),
        body: &[],
    };
    if !asked.method.reads() {
        return Err(Cause::NotPermitted.into());
    }
    let Some(_place) = documents.room.take() else { return Err(told(Trouble::Busy).into()) };
    match documents.apply(&asked).await {
        Ok(Applied::Answered(answered)) => Ok(answer(answered)),
        Ok(Applied::Kept { .. } | Applied::Denied(_) | Applied::Objected(_)) => {
            Err(Cause::NotPermitted.into())
        }
        Err(trouble) => Err(told(trouble).into()),
    }
}

async fn carry_out(
    documents: &Documents,
    request: &Request<Bytes>,
    target: &Target,
    principal: Option<&str>,
) -> Result<Applied, Trouble> {
    let method = Method::new(request.method().as_str());
    let act = if method.reads() { Act::Read } else { Act::Write };
    let asked = xcap::Request {
        method,
        target,
        content_type: content_type(request.headers()),
        conditions: conditions(request.headers()),
        body: request.body(),
    };
    // A method that XCAP has not is refused as such, whoever asks.
    let is_known = !matches!(asked.method, Method::Other(_));
    let may = |target: &Target| if is_known { may(documents, principal, target, act) } else { Ok(()) };
    decided(documents, &asked, Asker { identity: principal, may: &may }).await
}

/// Of a document that is kept or of one that is made, whichever the usage says.
pub(super) async fn decided(
    documents: &Documents,
    asked: &xcap::Request<'_>,
    by: Asker<'_>,
) -> Result<Applied, Trouble> {
    let tree = &asked.target.tree;
    if documents.usage(asked.target).is_some_and(|usage| usage.served(tree) == Served::Generated) {
        return from_generated(documents, asked, by.may).await;
    }
    documents.carry_out(asked, by, &|batch, _| batch).await
}

async fn from_generated(
    documents: &Documents,
    asked: &xcap::Request<'_>,
    may: super::apply::May<'_>,
) -> Result<Applied, Trouble> {
    let Some(usage) = documents.usage(asked.target) else { return Err(Trouble::Busy) };
    if asked.method.reads()
        && let Err(denied) = may(asked.target)
    {
        return Ok(Applied::Denied(denied));
    }
    let current = match documents.generate(asked.target).await? {
        Ok(current) => current,
        Err(answer) => return Ok(Applied::Answered(if asked.method.reads() { answer } else { read_only() })),
    };
    let (root, limits) = (&documents.settings.root, &documents.settings.limits);
    let rules = Rules { usage, schema: None, root, limits };
    Ok(Applied::Answered(match xcap::decide(&rules, asked, current.as_ref()) {
        Outcome::Answer(answer) => answer,
        Outcome::Commit(_) => read_only(),
    }))
}

fn read_only() -> Answer {
    Answer::not_allowed("GET, HEAD", "the document is made by the server")
}

fn may(documents: &Documents, principal: Option<&str>, target: &Target, act: Act) -> Result<(), Denied> {
    let Some(usage) = documents.usage(target) else { return Err(Denied::Forbidden) };
    let own = documents.custom.may(principal, usage, target, act);
    own.unwrap_or_else(|| usage.access.check(principal, &target.tree, act))
}

/// TS 24.482 clause A.2.3: 403 where no identity came with the request too.
fn forbidden(denied: Denied) -> Response<Bytes> {
    let (phrase, cause) = match denied {
        Denied::Anonymous => ("an authenticated identity is needed", Cause::NoToken),
        Denied::Forbidden => ("not permitted", Cause::RequesterNotAuthorized),
    };
    refuses(answer(Answer::phrase(403, phrase)), cause.into())
}

/// 409, for what the operator has said and RFC 4825 has not.
fn objected(error: XcapError) -> Response<Bytes> {
    let cause = Cause::RequesterNotAuthorized;
    let refusal = match &error {
        XcapError::Constraint(Some(phrase)) => Refusal::at(cause, phrase),
        _ => cause.into(),
    };
    refuses(answer(error.into()), refusal)
}

/// If-Match and If-None-Match of a request.
#[must_use]
pub fn conditions(headers: &HeaderMap) -> Conditions {
    let list = |name: &HeaderName| {
        let values: Vec<&str> =
            headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect();
        (!values.is_empty()).then(|| EtagList::parse(&values.join(", ")))
    };
    Conditions { if_match: list(&header::IF_MATCH), if_none_match: list(&header::IF_NONE_MATCH) }
}

/// The Content-Type of a request.
#[must_use]
pub fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

/// Whether a body is something else than what its media type says (RFC 9110 8.4): as a document it would be kept unread.
fn is_coded(headers: &HeaderMap) -> bool {
    let is_identity = |coding: &str| coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    let is_plain = |line: &HeaderValue| {
        line.to_str().is_ok_and(|codings| codings.split(',').map(str::trim).all(is_identity))
    };
    !headers.get_all(header::CONTENT_ENCODING).iter().all(is_plain)
}

/// RFC 9110 12.5.3: which codings would have been taken.
fn coded() -> Response<Bytes> {
    let mut response = answer(Answer::phrase(415, "a content coding is not supported"));
    response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    response
}

/// The response that says an answer.
#[must_use]
pub fn answer(answer: Answer) -> Response<Bytes> {
    let Answer { status, etag, allow, body } = answer;
    let body = if status == 304 { Body::Empty } else { body };
    let (media_type, bytes) = match body.into_parts() {
        Some((media_type, bytes)) => (Some(media_type), bytes),
        None => (None, Bytes::new()),
    };
    let mut response = Response::new(bytes);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fields = [
        (header::ETAG, etag.map(|etag| etag.to_string())),
        (header::ALLOW, allow.map(str::to_owned)),
        (header::CONTENT_TYPE, media_type),
    ];
    for (name, value) in fields {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What failed is told to the log; the peer is told when to come again, where that can help.
fn failed(trouble: Trouble) -> Response<Bytes> {
    told(trouble).web()
}

fn told(trouble: Trouble) -> Cause {
    let fault = Fault::from(trouble);
    if fault.cause() != Cause::Overloaded {
        tracing::error!(target: "mcx::fault", %fault, "a document could not be read or kept");
    }
    fault.cause()
}
