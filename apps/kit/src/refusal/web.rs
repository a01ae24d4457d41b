//! From cause to HTTP, and back.
//! RFC 9110 clause 15 · RFC 9457

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::{Cause, Refusal, TABLE};

/// The field that carries the `cause-code` over HTTP: [`super::CAUSE_HEADER`], as HTTP/2 writes it.
pub const CAUSE_FIELD: HeaderName = HeaderName::from_static("x-mcx-cause");

/// The field by which the edge of one system tells that of another which flow a request belongs to: the `request-id`, so that
/// the ladders of both show one procedure. The project's own name; whoever does not know it ignores it.
pub const FLOW_FIELD: HeaderName = HeaderName::from_static("x-mcx-flow");

/// The media type of a refusal's body.
pub const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

impl Cause {
    /// The HTTP status of a refusal: the SIP status where HTTP has it with the same meaning.
    #[must_use]
    pub fn http_status(self) -> StatusCode {
        let status = match self.status() {
            // An extension or event package that nobody asked for over HTTP, and a user who is away.
            420 | 489 => 400,
            480 => 404,
            status => status,
        };
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The cause that a response over HTTP says it has; none where it says none that this release knows.
    #[must_use]
    pub fn from_fields(fields: &HeaderMap) -> Option<Self> {
        let code: u16 = fields.get(CAUSE_FIELD)?.to_str().ok()?.parse().ok()?;
        TABLE.iter().find(|row| row.code == code).map(|row| row.cause)
    }
}

impl Refusal {
    /// The HTTP response: status, a problem body with the cause's name and code, the code in [`CAUSE_FIELD`] too, and
    /// Retry-After. Of a method that is not allowed, [`not_allowed`] says which are.
    #[must_use]
    pub fn web(&self) -> Response<Bytes> {
        let row = self.cause.row();
        let status = self.cause.http_status();
        let mut body = serde_json::json!({
            "type": format!("urn:x-mcx:cause:{}", row.name),
            "title": row.text,
            "status": status.as_u16(),
            "cause": row.code,
        });
        if let (Some(place), Some(body)) = (&self.place, body.as_object_mut()) {
            body.insert("detail".to_owned(), place.as_str().into());
        }
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = status;
        let fields = response.headers_mut();
        fields.insert(header::CONTENT_TYPE, PROBLEM);
        fields.insert(CAUSE_FIELD, row.code.into());
        let wait = self.retry_after.map(|wait| wait.as_secs().max(1)).or(row.retry_after.map(u64::from));
        if let Some(seconds) = wait {
            fields.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl Cause {
    /// The HTTP response of a refusal for this cause ([`Refusal::web`]).
    #[must_use]
    pub fn web(self) -> Response<Bytes> {
        Refusal::from(self).web()
    }
}

/// The HTTP response to a method that a resource does not have, with those that it has (RFC 9110 clause 15.5.6).
#[must_use]
pub fn not_allowed(methods: &'static str) -> Response<Bytes> {
    let mut response = Cause::MethodNotAllowed.web();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

#[cfg(test)]
mod tests;
