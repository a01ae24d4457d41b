//! What a request must be before anybody above sees it, and what no response carries.
//! RFC 9110 clauses 4.2, 5.3, 7.2, 9.3 and 15.5 · RFC 9112 clause 3.2

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
    header::{self, HeaderName},
    uri::Authority,
};

use super::HttpListener;

/// Checks target and Host.
///
/// # Errors
/// The status that says what is wrong.
pub(super) fn check<B>(request: &Request<B>, listener: &HttpListener) -> Result<(), StatusCode> {
    // RFC 9110 9.3.6 and 9.3.8: neither has a use here, and both have been used against proxies.
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        return Err(StatusCode::NOT_IMPLEMENTED);
    }
    // RFC 9110 14.5: nobody here takes a part of what is kept, and a part must not be taken for the whole.
    if *request.method() == Method::PUT && request.headers().contains_key(header::CONTENT_RANGE) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let uri = request.uri();
    let is_asterisk = uri.path() == "*";
    if is_asterisk && *request.method() != Method::OPTIONS || !is_asterisk && !uri.path().starts_with('/') {
        return Err(StatusCode::BAD_REQUEST);
    }
    let host = host(request.headers(), uri, request.version())?;
    if let Some(host) = host.filter(|host| !listener.answers_for(host.host())) {
        tracing::debug!(%host, "a request for somebody else");
        return Err(StatusCode::MISDIRECTED_REQUEST);
    }
    Ok(())
}

/// Fields that have one value, and decide something. Who stands before us may have read another line of them.
static SINGLE: [HeaderName; 9] = [
    header::CONTENT_TYPE,
    header::AUTHORIZATION,
    header::CONTENT_LOCATION,
    header::CONTENT_RANGE,
    header::RANGE,
    header::IF_RANGE,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::MAX_FORWARDS,
];

/// One of those that stands there more than once: the request means two things (RFC 9110 5.3).
pub(super) fn repeated(headers: &HeaderMap) -> Option<&'static HeaderName> {
    SINGLE.iter().find(|name| headers.get_all(*name).iter().nth(1).is_some())
}

/// What is said of it: 400, with a problem body that names the field (RFC 9457).
pub(super) fn refuse_repeated(name: &HeaderName) -> Response<Bytes> {
    let detail = format!("{name} stands there more than once");
    let body = format!("{{\"detail\":\"{detail}\",\"status\":400,\"title\":\"Bad Request\"}}");
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let problem = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, problem);
    response
}

/// Whom the request is for: the one Host, the target's authority, or both where they are equal (RFC 9112 3.2, RFC 9113
/// 8.3.1). HTTP/1.0 may say nothing.
fn host(headers: &HeaderMap, uri: &Uri, version: Version) -> Result<Option<Authority>, StatusCode> {
    let mut fields = headers.get_all(header::HOST).iter();
    let field = fields.next();
    if fields.next().is_some() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let field = field.map(|value| Authority::try_from(value.as_bytes())).transpose();
    let field = field.map_err(|_| StatusCode::BAD_REQUEST)?;
    let named = uri.authority();
    let is_sound = match (&field, named) {
        (Some(field), Some(named)) => is_same(field, named, uri.scheme_str()),
        (None, None) => version < Version::HTTP_11,
        // RFC 9112 3.2: over HTTP/1.1 the field is there whatever the target says.
        (None, Some(_)) => version != Version::HTTP_11,
        (Some(_), None) => true,
    };
    let host = field.or_else(|| named.cloned());
    let has_user = host.as_ref().is_some_and(|host| host.as_str().contains('@'));
    if is_sound && !has_user { Ok(host) } else { Err(StatusCode::BAD_REQUEST) }
}

fn is_same(one: &Authority, other: &Authority, scheme: Option<&str>) -> bool {
    let usual = if scheme == Some("http") { 80 } else { 443 };
    let port = |authority: &Authority| authority.port_u16().unwrap_or(usual);
    one.host().eq_ignore_ascii_case(other.host()) && port(one) == port(other)
}

/// RFC 9110 7.6.1: what belongs to one connection, and to whoever frames messages on it.
static CONNECTION: [HeaderName; 5] =
    [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::UPGRADE, header::TE];

/// Removes the fields that are ours to set.
pub(super) fn unframe(headers: &mut HeaderMap) {
    for name in &CONNECTION {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
