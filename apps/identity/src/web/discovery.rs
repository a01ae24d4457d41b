//! What anybody may know: OpenID Connect Discovery, RFC 8414, RFC 7517

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::paths;
use crate::{
    grants,
    oauth::{self, fault},
    scopes,
    state::Idms,
};

/// How long a copy of public documents may be used, in seconds: less than what a withdrawn key may take to be known.
const MAX_AGE: &str = "public, max-age=10";

impl Idms {
    pub(super) fn discovery(&self) -> Response<Bytes> {
        let at = |path| self.config.endpoint(path);
        public(&json!({
            "issuer": self.config.issuer,
            "authorization_endpoint": at(paths::AUTHORIZE),
            "token_endpoint": at(paths::TOKEN),
            "revocation_endpoint": at(paths::REVOKE),
            "jwks_uri": at(paths::JWKS),
            "revoked_uri": at(paths::REVOKED),
            "scopes_supported": scopes::all(),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": grants::ALL,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "sid", "mcptt_id", "mcvideo_id", "mcdata_id"],
            "authorization_response_iss_parameter_supported": true,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
        }))
    }

    pub(super) fn jwks(&self) -> Response<Bytes> {
        match self.signing().keys() {
            Ok(keys) => told(Bytes::from(keys.jwks().to_owned())),
            Err(refused) => refused.response(),
        }
    }

    pub(super) async fn revoked_list(&self, query: Option<&str>) -> Response<Bytes> {
        let now = self.world.clock.now();
        match self.revoked.told((&*self.store, &self.config.issuer), query, now).await {
            Ok(list) => told(list),
            Err(why) => fault("what is revoked cannot be read", &why).response(),
        }
    }
}

fn public(document: &Value) -> Response<Bytes> {
    told(Bytes::from(document.to_string()))
}

fn told(document: Bytes) -> Response<Bytes> {
    let mut response = oauth::json(StatusCode::OK, &Value::Null);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(MAX_AGE));
    response.headers_mut().remove(header::PRAGMA);
    *response.body_mut() = document;
    response
}
