//! What endpoints have in common: parameters, and refusals. RFC 6749 clauses 4.1.2.1 and 5.2, RFC 8693 clause 2.2.2

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// More parameters than any request has.
const MOST: usize = 64;

/// No request is larger, in octets.
pub(crate) const LARGEST: usize = 32 << 10;

/// Why a request is refused: a code of the standard, and why in words that hold nothing of the request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    pub(crate) code: Code,
    pub(crate) why: &'static str,
}

/// The codes of RFC 6749 clauses 4.1.2.1 and 5.2, OpenID Connect Core clause 3.1.2.6, RFC 8693 clause 2.2.2 and RFC 7009 clause 2.2.1
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Code {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidTarget,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
    AccessDenied,
    LoginRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    ServerError,
    TemporarilyUnavailable,
}

impl Code {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl Refused {
    pub(crate) fn new(code: Code, why: &'static str) -> Self {
        Self { code, why }
    }

    /// As the token endpoint and the revocation endpoint answer it.
    pub(crate) fn response(&self) -> Response<Bytes> {
        let status = self.code.status();
        let mut response = json(status, &json!({ "error": self.code.name(), "error_description": self.why }));
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"token\""));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The fault of ours behind a refusal is told to the log alone.
pub(crate) fn fault(what: &str, why: &dyn std::fmt::Display) -> Refused {
    tracing::error!(target: "mcx::fault", fault = %why, "{what}");
    Refused::new(Code::ServerError, "the server has failed")
}

/// An answer that nobody keeps (RFC 6749 clause 5.1).
pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether the body of a request is a form, as its head says.
pub(crate) fn is_form(headers: &HeaderMap) -> Result<(), Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(Refused::new(Code::InvalidRequest, "the body is no form"))
}

/// The parameters of a request, each at most once (RFC 6749 clause 3.1); those without a value count as absent.
#[derive(Clone, Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Of a query or of a form.
    pub(crate) fn read(text: &[u8]) -> Result<Self, Refused> {
        let malformed = |why| Refused::new(Code::InvalidRequest, why);
        if text.len() > LARGEST {
            return Err(malformed("the request is too large"));
        }
        let mut read: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if read.len() >= MOST || value.contains('\u{fffd}') || value.contains('\0') {
                return Err(malformed("the parameters cannot be read"));
            }
            if read.iter().any(|(known, _)| *known == name) {
                return Err(malformed("a parameter is repeated"));
            }
            read.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(read))
    }

    /// Of the form in the body of a request.
    pub(crate) fn of_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refused> {
        is_form(headers)?;
        Self::read(body)
    }

    /// The value of a parameter, where it has one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str, why: &'static str) -> Result<&str, Refused> {
        self.get(name).ok_or(Refused::new(Code::InvalidRequest, why))
    }

    /// These parameters, and no others, written anew.
    pub(crate) fn written(&self, names: &[&str]) -> String {
        let pairs = names.iter().filter_map(|name| Some((*name, self.get(name)?)));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6749_3_1_a_parameter_comes_once_and_has_a_value() {
        let read = Parameters::read(b"a=1&b=&c=%3D+").unwrap();
        assert_eq!((read.get("a"), read.get("b"), read.get("c")), (Some("1"), None, Some("= ")));
        assert!(Parameters::read(b"a=1&a=1").is_err());
        assert!(Parameters::read(b"a=%ff").is_err(), "not UTF-8");
        assert!(Parameters::read(&b"a=".repeat(20_000)).is_err());
        assert!(Parameters::read("x&".repeat(100).as_bytes()).is_err());
    }

    #[test]
    fn a_body_that_is_no_form_is_not_read() {
        let mut headers = HeaderMap::new();
        assert!(Parameters::of_form(&headers, b"a=1").is_err());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert!(Parameters::of_form(&headers, b"a=1").is_err());
        let form = HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8");
        headers.insert(header::CONTENT_TYPE, form);
        assert!(Parameters::of_form(&headers, b"a=1").is_ok());
    }
}
