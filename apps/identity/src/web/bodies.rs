//! Who may send a body, and where: it is said to the head, so that nobody else's is waited for. Forms of endpoints that are
//! for anybody (RFC 6749, RFC 7009) are the only bodies, and what the own ACM server sends.

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header, request::Parts};
use kit::web::problem;
use wire::Arrival;

use super::{not_here, paths};
use crate::{
    oauth::{self, LARGEST},
    state::Idms,
};

impl Idms {
    /// What whoever sends a body is told in place of its being read.
    pub(super) fn refuses_body(&self, head: &Parts, arrival: &Arrival) -> Option<Response<Bytes>> {
        let path = head.uri.path();
        match path {
            paths::LOGIN | paths::TOKEN | paths::REVOKE if head.method == Method::POST => {
                refuses_form(&head.headers)
            }
            _ if path.starts_with(paths::VISITORS) => {
                let stranger = self.acm_server(arrival).is_none();
                stranger.then(|| problem(StatusCode::FORBIDDEN, "only the own ACM server may ask this"))
            }
            _ if matches!(head.method, Method::GET | Method::HEAD) => {
                Some(problem(StatusCode::BAD_REQUEST, "what is only read has no body"))
            }
            _ => Some(not_here(path)),
        }
    }

    /// Whether whoever asks is told what has been revoked: it says who was locked, and when.
    pub(super) fn is_told_of_revoked(&self, arrival: &Arrival) -> bool {
        let servers = &self.config.revoked_to;
        let is_named = |proven: &wire::Certificate| servers.iter().any(|name| proven.proves(name));
        let proven = arrival.certificate.as_deref();
        servers.iter().any(|name| name == "*")
            || proven.is_some_and(|proven| servers.is_empty() || is_named(proven))
    }

    /// The own ACM server, where it is who asks.
    pub(super) fn acm_server(&self, arrival: &Arrival) -> Option<&String> {
        let certificate = arrival.certificate.as_deref()?;
        self.config.acm_servers.iter().find(|name| certificate.proves(name))
    }
}

fn refuses_form(headers: &HeaderMap) -> Option<Response<Bytes>> {
    if let Err(refused) = oauth::is_form(headers) {
        return Some(refused.response());
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let is_too_large = announced.is_some_and(|announced: usize| announced > LARGEST);
    is_too_large.then(|| problem(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large"))
}
