//! What an identity management server answers: its discovery document (OpenID Connect Discovery clause 4), tokens (RFC 6749 clause
//! 5.1), refusals (clause 5.2), and whom an ID token is about.

use std::time::{Duration, SystemTime};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Response, StatusCode};
use kit::private::Private;
use serde_json::Value;
use xml_schemas::{body::mcptt_info::AccessToken, ids::McServiceId};

use super::{NotIssued, Settings};

/// How long an access token is taken to last of which the server does not say it (RFC 6749 5.1).
const USUAL: Duration = Duration::from_secs(300);

/// Where the endpoints are.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub(super) authorization: String,
    pub(super) token: String,
    pub(super) revocation: Option<String>,
}

impl Provider {
    pub(super) fn read(answer: &Response<Bytes>, issuer: &str) -> Result<Self, NotIssued> {
        if answer.status() != StatusCode::OK {
            return Err(refused(answer.status(), None));
        }
        let document: Value = serde_json::from_slice(answer.body())
            .map_err(|_| NotIssued::Malformed("its discovery document cannot be read"))?;
        // OpenID Connect Discovery clause 4.3
        if text(&document, "issuer") != Some(issuer) {
            return Err(NotIssued::Malformed("its discovery document is another issuer's"));
        }
        let at = |name| text(&document, name).map(str::to_owned);
        let lacks = NotIssued::Malformed("its discovery document lacks an endpoint");
        let (authorization, token) = (at("authorization_endpoint"), at("token_endpoint"));
        let (authorization, token) = authorization.zip(token).ok_or(lacks)?;
        Ok(Self { authorization, token, revocation: at("revocation_endpoint") })
    }
}

/// What a grant has given.
#[derive(Clone, Debug)]
pub struct Issued {
    /// What servers take.
    pub access_token: AccessToken,
    /// What the next access token is had by, without another log-in.
    pub refresh_token: Option<Private<String>>,
    /// When the access token ends.
    pub expires: SystemTime,
    /// The user's MC service ID, as the ID token says (TS 33.180 B.1.1): the MCPTT ID where he has one.
    pub user: Option<McServiceId>,
    pub(super) nonce: Option<String>,
}

impl Issued {
    pub(super) fn read(answer: &Value, settings: &Settings, now: SystemTime) -> Result<Self, NotIssued> {
        let access_token = AccessToken::new(&token(answer, "access_token")?);
        if !text(answer, "token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(NotIssued::Malformed("its token is of an unknown type"));
        }
        let lasts = answer.get("expires_in").and_then(Value::as_u64).map_or(USUAL, Duration::from_secs);
        let id = text(answer, "id_token").map(|token| claims(token, settings, now)).transpose()?;
        let names = ["mcptt_id", "mcvideo_id", "mcdata_id"];
        let user = id.as_ref().and_then(|id| names.into_iter().find_map(|name| text(id, name)));
        let user = user.map(McServiceId::new).transpose();
        Ok(Self {
            access_token,
            refresh_token: text(answer, "refresh_token").map(|token| Private::new(token.to_owned())),
            expires: now.checked_add(lasts).unwrap_or(now + USUAL),
            user: user.map_err(|_| NotIssued::Malformed("its ID token names nobody"))?,
            nonce: id.as_ref().and_then(|id| text(id, "nonce")).map(str::to_owned),
        })
    }
}

/// A token by its name in an answer.
pub(super) fn token(answer: &Value, name: &str) -> Result<String, NotIssued> {
    let token = text(answer, name).filter(|token| !token.is_empty());
    token.map(str::to_owned).ok_or(NotIssued::Malformed("its answer holds no token"))
}

/// What an ID token says. It has come from the issuer itself over TLS, which stands in for its signature (OpenID Connect Core clause
/// 3.1.3.7 step 6).
fn claims(token: &str, settings: &Settings, now: SystemTime) -> Result<Value, NotIssued> {
    let malformed = NotIssued::Malformed("its ID token cannot be read");
    let payload = token.split('.').nth(1).and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
    let claims = payload.and_then(|json| serde_json::from_slice::<Value>(&json).ok()).ok_or(malformed)?;
    let is_for_us = match claims.get("aud") {
        Some(Value::String(one)) => *one == settings.client_id,
        Some(Value::Array(some)) => some.iter().any(|one| one.as_str() == Some(&settings.client_id)),
        _ => false,
    };
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let is_over = claims.get("exp").and_then(Value::as_u64).is_none_or(|end| end <= since);
    if text(&claims, "iss") != Some(&settings.issuer) || !is_for_us || is_over {
        return Err(NotIssued::Malformed("its ID token is another's, or has ended"));
    }
    Ok(claims)
}

/// A refusal in words: the server's own where it has any.
pub(super) fn refused(status: StatusCode, json: Option<&Value>) -> NotIssued {
    let code =
        json.and_then(|json| text(json, "error")).map_or_else(|| status.as_str().to_owned(), str::to_owned);
    let why = json.and_then(|json| text(json, "error_description"));
    let why = why.or(status.canonical_reason()).unwrap_or("no reason was given").to_owned();
    NotIssued::Refused { code, why }
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}
