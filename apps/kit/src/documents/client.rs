//! XCAP as a client speaks it: a request, and what its answer means. RFC 4825 clause 7.
//! TS 24.481 clause 6.2.3 (between servers) · TS 24.482 Annex A (with an access token)

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use xml_schemas::ids::Psi;

use crate::{
    partner::ASSERTED_IDENTITY,
    refusal::{Cause, FLOW_FIELD},
};

/// The longest time after which a repeat is made because the other side said so.
const LONGEST: Duration = Duration::from_secs(3600);

/// Who sends a request.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'s> {
    /// A server, under its service identity, in a flow; empty: in none.
    Server(&'s Psi, &'s str),
    /// A user's client, with his access token.
    User(&'s str),
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The method.
    pub method: Method,
    /// Of which resource.
    pub uri: &'a str,
    /// The Content-Type of what is put, and otherwise what is accepted, where that is to be said.
    pub media_type: Option<&'static str>,
    /// A condition, with its entity tags.
    pub condition: Option<(HeaderName, String)>,
    /// What is put.
    pub body: Bytes,
}

impl<'a> Ask<'a> {
    /// To be told a resource.
    #[must_use]
    pub fn get(uri: &'a str) -> Self {
        Self { method: Method::GET, uri, media_type: None, condition: None, body: Bytes::new() }
    }

    /// The request; none where the URI, a condition or who sends it cannot stand in one.
    #[must_use]
    pub fn request(self, sender: Sender<'_>) -> Option<Request<Bytes>> {
        let is_put = self.method == Method::PUT;
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri.parse().ok()?;
        let fields = request.headers_mut();
        let mut field = |name, value: &str| {
            fields.insert(name, HeaderValue::from_str(value).ok()?);
            Some(())
        };
        match sender {
            Sender::Server(psi, flow) => {
                field(ASSERTED_IDENTITY, &format!("\"{}\"", psi.as_str()))?;
                if !flow.is_empty() {
                    // What cannot stand in a field names no flow.
                    let _ = field(FLOW_FIELD, flow);
                }
            }
            Sender::User(token) => field(header::AUTHORIZATION, &format!("Bearer {token}"))?,
        }
        if let Some(media_type) = self.media_type {
            field(if is_put { header::CONTENT_TYPE } else { header::ACCEPT }, media_type)?;
        }
        if let Some((name, value)) = self.condition {
            field(name, &value)?;
        }
        Some(request)
    }
}

/// Why an exchange came to nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failed {
    /// As the other side, the way there or the clock says.
    pub cause: Cause,
    /// Whether a repeat can help.
    pub passes: bool,
    /// When, where the other side says so.
    pub wait: Option<Duration>,
}

impl Failed {
    /// A repeat may find it otherwise.
    #[must_use]
    pub fn for_now(cause: Cause) -> Self {
        Self { cause, passes: true, wait: None }
    }

    /// It stays so until somebody changes something.
    #[must_use]
    pub fn for_good(cause: Cause) -> Self {
        Self { cause, passes: false, wait: None }
    }

    /// What an answer other than a success says; `missing` where the resource is not there and no cause is told.
    #[must_use]
    pub fn of(response: &Response<Bytes>, missing: Cause) -> Self {
        let (status, fields) = (response.status(), response.headers());
        let cause = Cause::from_fields(fields).unwrap_or_else(|| of_status(status, missing));
        let busy = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        let passes = status.is_server_error() || busy.contains(&status);
        Self { cause, passes, wait: retry_after(fields).filter(|_| passes) }
    }
}

fn of_status(status: StatusCode, missing: Cause) -> Cause {
    match status.as_u16() {
        400 | 409 => Cause::MalformedBody,
        401 | 403 => Cause::NotPermitted,
        404 | 410 => missing,
        405 => Cause::MethodNotAllowed,
        408 | 504 => Cause::TimedOut,
        413 => Cause::TooLarge,
        415 => Cause::UnsupportedBody,
        429 => Cause::Overloaded,
        502 | 503 => Cause::PartnerUnreachable,
        _ => Cause::Unspecified,
    }
}

fn retry_after(fields: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = fields.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST))
}

/// The strong entity tag of an answer, without its quotes. None where there is none, or a weak one, which If-Match never finds (RFC
/// 9110 clauses 8.8.3.2 and 13.1.1): no condition can rest on it.
#[must_use]
pub fn etag(response: &Response<Bytes>) -> Option<String> {
    let value = response.headers().get(header::ETAG)?.to_str().ok()?.trim();
    let opaque = Some(value).filter(|value| !value.starts_with("W/"))?.trim_matches('"');
    (!opaque.is_empty() && !opaque.contains('"')).then(|| opaque.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_who_it_is_and_a_user_has_his_token() {
        let psi = Psi::new("sip:gms_psi@a.example").expect("valid");
        let ask = Ask { media_type: Some("a/b"), ..Ask::get("https://xcap.a.example/x") };
        let of = |request: &Request<Bytes>, name: &HeaderName| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let server = ask.clone().request(Sender::Server(&psi, "r1")).expect("a request");
        assert_eq!(of(&server, &ASSERTED_IDENTITY).as_deref(), Some("\"sip:gms_psi@a.example\""));
        assert_eq!(of(&server, &FLOW_FIELD).as_deref(), Some("r1"));
        assert_eq!(of(&server, &header::ACCEPT).as_deref(), Some("a/b"));
        assert_eq!(of(&server, &header::AUTHORIZATION), None);

        let condition = Some((header::IF_MATCH, "\"7\"".to_owned()));
        let put = Ask { method: Method::PUT, condition, ..ask };
        let user = put.request(Sender::User("t0k")).expect("a request");
        assert_eq!(of(&user, &header::AUTHORIZATION).as_deref(), Some("Bearer t0k"));
        assert_eq!(of(&user, &header::CONTENT_TYPE).as_deref(), Some("a/b"));
        assert_eq!(of(&user, &header::IF_MATCH).as_deref(), Some("\"7\""));
        assert_eq!(of(&user, &ASSERTED_IDENTITY), None);
        assert!(Ask::get("https://xcap.a.example/x").request(Sender::User("a\nb")).is_none());
    }

    #[test]
    fn rfc9110_13_1_1_no_condition_rests_on_a_weak_entity_tag() {
        let of = |value: &'static str| {
            let mut response = Response::new(Bytes::new());
            response.headers_mut().insert(header::ETAG, HeaderValue::from_static(value));
            etag(&response)
        };
        assert_eq!((of("\"7a\""), of("7a")), (Some("7a".to_owned()), Some("7a".to_owned())));
        for unusable in ["W/\"7a\"", "W/7a", "\"\"", "\"a\"b\"", ""] {
            assert_eq!(of(unusable), None, "{unusable}");
        }
        assert_eq!(etag(&Response::new(Bytes::new())), None);
    }

    #[test]
    fn an_answer_says_whether_a_repeat_can_help_and_when() {
        let answer = |status: u16, wait: Option<&'static str>| {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::from_u16(status).expect("valid");
            if let Some(wait) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(wait));
            }
            Failed::of(&response, Cause::UnknownGroup)
        };
        assert_eq!(answer(404, Some("5")), Failed::for_good(Cause::UnknownGroup));
        let in_time = |seconds| Some(Duration::from_secs(seconds));
        let unreachable = Failed::for_now(Cause::PartnerUnreachable);
        assert_eq!(answer(503, Some(" 5 ")), Failed { wait: in_time(5), ..unreachable });
        assert_eq!(answer(503, Some("4000000000")), Failed { wait: in_time(3600), ..unreachable });
        assert_eq!(answer(503, Some("soon")), unreachable);
        assert_eq!(answer(429, None), Failed::for_now(Cause::Overloaded));
    }
}
