//! What a grant gives: tokens, and what the store has to know of them. TS 33.180 annex B.1 and B.2, RFC 9068, RFC 6749 clause 5.1

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Batch;
use xml_schemas::ids::McServiceId;

use crate::{
    keys,
    oauth::{Code, Refused, fault},
    revoked::seconds,
    scopes,
    state::Idms,
    users::{Ids, identity},
};

/// What an access token calls itself: RFC 9068 clause 2.1
pub(crate) const ACCESS: &str = "at+jwt";

/// A log-in, from its code to the end of its last token: what its refresh tokens stand for.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LogIn {
    pub(crate) sid: String,
    pub(crate) client: String,
    /// The user's name.
    pub(crate) user: String,
    pub(crate) scopes: Vec<String>,
    /// When he proved who he is: seconds since 1970.
    pub(crate) at: u64,
}

/// A refresh token.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Refresh {
    pub(crate) sid: String,
    pub(crate) client: String,
    pub(crate) used: bool,
}

/// For whom tokens are, and what for.
pub(crate) struct Subject<'s> {
    /// `sub`
    pub(crate) subject: String,
    pub(crate) ids: &'s Ids,
    /// Of a visitor.
    pub(crate) primary: Option<&'s McServiceId>,
    pub(crate) client: &'s str,
    pub(crate) sid: &'s str,
    pub(crate) scopes: &'s [String],
    /// When he proved who he is.
    pub(crate) at: u64,
}

impl Idms {
    /// An access token.
    pub(crate) fn access_token(&self, subject: &Subject<'_>, now: SystemTime) -> Result<String, Refused> {
        let mut claims = self.claims(subject, now);
        claims["aud"] = json!(self.config.audience);
        claims["jti"] = json!(self.world.ids.token());
        claims["client_id"] = json!(subject.client);
        claims["scope"] = json!(subject.scopes.join(" "));
        if let Some(primary) = subject.primary {
            claims["primary_id"] = json!(primary.as_str());
        }
        self.sign(ACCESS, &claims, now)
    }

    /// An ID token: OpenID Connect Core clause 2
    pub(crate) fn id_token(
        &self,
        subject: &Subject<'_>,
        nonce: Option<&str>,
        now: SystemTime,
    ) -> Result<String, Refused> {
        let mut claims = self.claims(subject, now);
        claims["aud"] = json!(subject.client);
        claims["auth_time"] = json!(subject.at);
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        self.sign("JWT", &claims, now)
    }

    fn claims(&self, subject: &Subject<'_>, now: SystemTime) -> Value {
        let mut claims = json!({
            "iss": self.config.issuer,
            "sub": subject.subject,
            "sid": subject.sid,
            "iat": seconds(now),
            "exp": seconds(now + self.config.lifetimes.access),
        });
        for (claim, id) in scopes::claims(subject.scopes, subject.ids) {
            claims[claim] = json!(id.as_str());
        }
        claims
    }

    pub(crate) fn sign(&self, kind: &str, claims: &Value, now: SystemTime) -> Result<String, Refused> {
        let signing = self.signing();
        let signer = signing.keys()?.signer(now);
        let signer = signer.ok_or(Refused::new(Code::TemporarilyUnavailable, "no key signs"))?;
        signer.sign_claims(kind, claims).map_err(|why| fault("a token cannot be signed", &why))
    }

    /// The answer to a grant: RFC 6749 clause 5.1, OpenID Connect Core clause 3.1.3.3
    pub(crate) fn tokens(
        &self,
        subject: &Subject<'_>,
        refresh: Option<&str>,
        nonce: Option<&str>,
        now: SystemTime,
    ) -> Result<Value, Refused> {
        let mut answer = json!({
            "access_token": self.access_token(subject, now)?,
            "token_type": "Bearer",
            "expires_in": self.config.lifetimes.access.as_secs(),
            "scope": subject.scopes.join(" "),
        });
        if let Some(refresh) = refresh {
            answer["refresh_token"] = json!(refresh);
        }
        if subject.scopes.iter().any(|scope| scope == scopes::OPENID) {
            answer["id_token"] = json!(self.id_token(subject, nonce, now)?);
        }
        Ok(answer)
    }

    /// A new refresh token of a log-in, and what the batch has to keep of it. It ends with the log-in at the latest.
    pub(crate) fn refresh_token(
        &self,
        batch: Batch,
        log_in: &LogIn,
        now: SystemTime,
    ) -> Result<(Batch, String), Refused> {
        let token = self.secret();
        let kept = Refresh { sid: log_in.sid.clone(), client: log_in.client.clone(), used: false };
        let until = (now + self.config.lifetimes.refresh).min(self.log_in_ends(log_in));
        Ok((batch.put_until(keys::refresh(&token), written(&kept)?, until), token))
    }

    /// When nothing that a log-in gives is refreshed any more.
    pub(crate) fn log_in_ends(&self, log_in: &LogIn) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(log_in.at) + self.config.lifetimes.log_in
    }

    /// Until when it has to be known that a log-in has been revoked: servers may have granted under it what they renew without another
    /// token, and hear of it late who were cut off. No log-in gives anything for longer.
    pub(crate) fn log_in_outlives(&self, now: SystemTime) -> SystemTime {
        now + self.config.lifetimes.log_in + Duration::from_secs(300)
    }

    /// Until when it has to be known that something has been revoked which is issued now.
    pub(crate) fn outlives(&self, now: SystemTime) -> SystemTime {
        now + self.config.lifetimes.access + Duration::from_secs(300)
    }
}

/// Of whom a log-in is, with his identities as they are now.
pub(crate) fn subject<'s>(log_in: &'s LogIn, ids: &'s Ids, scopes: &'s [String]) -> Subject<'s> {
    let subject = crate::revoked::subject_of_user(&log_in.user);
    let LogIn { client, sid, at, .. } = log_in;
    Subject { subject, ids, primary: None, client, sid, scopes, at: *at }
}

pub(crate) fn written(record: &impl Serialize) -> Result<Vec<u8>, Refused> {
    serde_json::to_vec(record).map_err(|why| fault("a record cannot be written", &why))
}

pub(crate) fn read<T: for<'de> Deserialize<'de>>(json: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(json).map_err(|why| fault("a record cannot be read", &why))
}

/// What is kept of a visitor.
#[derive(Serialize, Deserialize)]
pub(crate) struct Allocated {
    /// His MC service ID here.
    #[serde(with = "identity")]
    pub(crate) id: Option<McServiceId>,
    /// When the newest of his tokens was issued (`iat`), by the clock of whichever server issued it: seconds since 1970.
    #[serde(default)]
    pub(crate) issued: u64,
}
