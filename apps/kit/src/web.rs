//! Who sends an HTTP request, as far as its hop and its token prove it.
//! TS 24.482 Annex A (clients: bearer tokens), TS 24.481 6.2.3 (servers: X-3GPP-Asserted-Identity).
//!
//! Between servers the certificate decides, as over SIP: a partner at a border listener, the own gateway that asserts one, an own
//! server. Whoever has no certificate is a client and proves itself by its access token; its assertions count for nothing.

mod attend;
mod noted;

use std::{fmt, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use wire::Arrival;
use xml_schemas::ids::McServiceId;

use crate::{
    partner::PartnerTable,
    peer::{Peer, Trust},
    refusal::{Cause, Refusal},
    said::{NoTurn, TURN_FIELD, Turn},
    tokens::{Bearer, Invalid, Tokens},
};

pub use attend::{Attended, Desk};
pub use noted::{on_head, refuses};

/// Who sent an HTTP request. Only [`Trust::caller`] makes one.
#[derive(Clone, Debug)]
pub struct Caller(Who);

#[derive(Clone)]
enum Who {
    User(Arc<Bearer>),
    Peer(Peer),
}

impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(bearer) => f.debug_list().entries(&bearer.users).finish(),
            Self::Peer(peer) => peer.fmt(f),
        }
    }
}

impl Caller {
    /// The user whose client sent it, where it was one.
    #[must_use]
    pub fn user(&self) -> Option<&Arc<Bearer>> {
        match &self.0 {
            Who::User(bearer) => Some(bearer),
            Who::Peer(_) => None,
        }
    }

    /// The partner or the own server that sent it, where it was one.
    #[must_use]
    pub fn peer(&self) -> Option<&Peer> {
        match &self.0 {
            Who::Peer(peer) => Some(peer),
            Who::User(_) => None,
        }
    }
}

/// Why the sender of an HTTP request is nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stranger {
    /// A client without an access token: 403 (TS 24.482 A.2.3), with the challenge that says what it lacks (RFC 6750 3, RFC 9110
    /// 11.6.1).
    NoToken,
    /// A client with a token that does not count: 401; one that counts elsewhere, by its scopes: 403 (RFC 6750 3.1).
    BadToken(Invalid),
    /// A server that its hop does not prove.
    Unproved(Cause),
}

impl Stranger {
    /// Why, as the table of causes has it.
    #[must_use]
    pub fn cause(self) -> Cause {
        match self {
            Self::NoToken => Cause::NoToken,
            Self::BadToken(why) => why.cause(),
            Self::Unproved(cause) => cause,
        }
    }

    /// The response, with a problem body (RFC 9457) and the cause's code.
    #[must_use]
    pub fn response(self) -> Response<Bytes> {
        let (status, detail) = match self {
            Self::NoToken => (StatusCode::FORBIDDEN, "an access token is needed".to_owned()),
            Self::BadToken(why @ Invalid::Scope(_)) => (StatusCode::FORBIDDEN, why.to_string()),
            Self::BadToken(why) => (StatusCode::UNAUTHORIZED, why.to_string()),
            Self::Unproved(cause) => (StatusCode::FORBIDDEN, cause.text().to_owned()),
        };
        let mut response = refuses(problem(status, &detail), Refusal::at(self.cause(), &detail));
        if let Some(challenge) = self.challenge().and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }

    /// What a client lacks: RFC 6750 3 and 3.1. Of a scope it is told one with which it may come again.
    fn challenge(self) -> Option<String> {
        match self {
            Self::NoToken => Some(REALM.to_owned()),
            Self::BadToken(why) => {
                let (error, scope) = match why {
                    Invalid::Scope(part) => {
                        ("insufficient_scope", format!(", scope=\"{}\"", part.scopes()[0]))
                    }
                    _ => ("invalid_token", String::new()),
                };
                Some(format!("{REALM}, error=\"{error}\", error_description=\"{why}\"{scope}"))
            }
            Self::Unproved(_) => None,
        }
    }
}

/// A challenge names its scheme and at least one parameter: RFC 6750 3.
const REALM: &str = "Bearer realm=\"mission critical services\"";

/// A response with a problem body: RFC 9457.
#[must_use]
pub fn problem(status: StatusCode, detail: &str) -> Response<Bytes> {
    let title = status.canonical_reason().unwrap_or_default();
    let body = serde_json::json!({ "title": title, "status": status.as_u16(), "detail": detail });
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// The MC service ID in which a path ends, percent-encoded as RFC 3986 3.3 wants it: a user may be called by what ends a path.
#[must_use]
pub fn id_of(end: &str) -> Option<McServiceId> {
    McServiceId::new(&xcap::decode(end)?).ok()
}

/// How a path ends in this MC service ID.
#[must_use]
pub fn end_of(id: &McServiceId) -> String {
    xcap::encode(id.as_str())
}

/// What was said is older than what was said last: that one's turn goes with it.
#[must_use]
pub fn overtaken(last: Turn) -> Response<Bytes> {
    let mut response = problem(StatusCode::CONFLICT, "something later was said before");
    if let Ok(turn) = HeaderValue::from_str(&last.to_string()) {
        response.headers_mut().insert(TURN_FIELD, turn);
    }
    response
}

/// Nobody knows in which turn something was said, though the request says one: nothing is taken of it.
#[must_use]
pub fn out_of_turn(_: NoTurn) -> Response<Bytes> {
    problem(StatusCode::BAD_REQUEST, "X-MCX-Turn cannot be read")
}

impl Trust {
    /// Who sent this request.
    ///
    /// # Errors
    /// [`Stranger`], which is the refusal as well.
    pub fn caller(
        &self,
        partners: &PartnerTable,
        tokens: &Tokens,
        headers: &HeaderMap,
        arrival: &Arrival,
        now: SystemTime,
    ) -> Result<Caller, Stranger> {
        let partner = |found: Result<_, Cause>| {
            found.map(|id| Caller(Who::Peer(Peer::of_partner(id)))).map_err(Stranger::Unproved)
        };
        if partners.is_border(arrival) {
            return partner(partners.from_certificate(arrival));
        }
        if partners.is_gateway(arrival) {
            return partner(partners.from_gateway_web(headers, arrival));
        }
        if let Some(server) = self.own_server(arrival) {
            return Ok(Caller(Who::Peer(Peer::of_server(Arc::clone(server)))));
        }
        let token = bearer(headers)?;
        tokens.verify(token, now).map(|bearer| Caller(Who::User(bearer))).map_err(Stranger::BadToken)
    }
}

/// The credentials of RFC 6750 2.1.
fn bearer(headers: &HeaderMap) -> Result<&str, Stranger> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let line = lines.next().ok_or(Stranger::NoToken)?;
    let malformed = Stranger::BadToken(Invalid::Malformed);
    if lines.next().is_some() {
        return Err(malformed);
    }
    let (scheme, token) = line.to_str().ok().and_then(|line| line.split_once(' ')).ok_or(malformed)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Stranger::NoToken) }
}

#[cfg(test)]
mod tests;
