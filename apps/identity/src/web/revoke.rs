//! The revocation endpoint: RFC 7009

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use store::Batch;

use crate::{
    config::Client,
    issue::{ACCESS, Refresh, read},
    keys,
    oauth::{self, Code, Parameters, Refused, fault},
    revoked,
    state::Idms,
};

impl Idms {
    pub(super) async fn revoke(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let revoked = match Parameters::of_form(request.headers(), request.body()) {
            Ok(asked) => self.revoke_asked(&asked).await,
            Err(refused) => Err(refused),
        };
        match revoked {
            // RFC 7009 clause 2.2: a token that is none is as good as revoked.
            Ok(()) => oauth::json(StatusCode::OK, &json!({})),
            Err(refused) => refused.response(),
        }
    }

    async fn revoke_asked(&self, asked: &Parameters) -> Result<(), Refused> {
        let client = self.client(asked)?;
        let token = asked.required("token", "the token is missing")?;
        let hint = asked.get("token_type_hint");
        if hint.is_some_and(|hint| hint != "access_token" && hint != "refresh_token") {
            return Err(Refused::new(Code::UnsupportedTokenType, "there are no tokens of that type"));
        }
        let now = self.now();
        let failed = |why: &dyn std::fmt::Display| fault("a token cannot be revoked", why);
        let record = self.store.get(keys::refresh(token).as_bytes()).await.map_err(|why| failed(&why))?;
        let batch = match record {
            Some(record) => {
                let refresh: Refresh = read(&record.value)?;
                if refresh.client != client.id {
                    return Err(another());
                }
                revoked::log_in(Batch::new(), &refresh.sid, self.log_in_outlives(now))
                    .delete(keys::refresh(token))
            }
            None => match self.access_token_of(token, &client).await? {
                Some(jti) => revoked::token(Batch::new(), &jti, self.outlives(now)),
                None => return Ok(()),
            },
        };
        self.store.commit(batch).await.map(|_| ()).map_err(|why| failed(&why))
    }

    /// By what an access token of this server is told from others, where it is one that counts.
    async fn access_token_of(&self, token: &str, client: &Client) -> Result<Option<String>, Refused> {
        let signing = self.signing();
        let Ok(claims) = signing.keys()?.own().claims(token, &[ACCESS], self.now()).await else {
            return Ok(None);
        };
        let claim = |name: &str| claims.get(name).and_then(Value::as_str);
        match claim("client_id") {
            Some(id) if id == client.id => Ok(claim("jti").map(str::to_owned)),
            _ => Err(another()),
        }
    }
}

/// RFC 7009 clause 2.1
fn another() -> Refused {
    Refused::new(Code::InvalidGrant, "the token was issued to another client")
}
