//! A refresh token for others, and for its successor: RFC 6749 clause 6, RFC 9700 clause 4.14.2

use serde_json::Value;
use store::Batch;

use crate::{
    config::Client,
    issue::{self, LogIn, Refresh, written},
    keys,
    oauth::{Code, Parameters, Refused},
    scopes,
    state::Idms,
};

const REFUSED: Refused = Refused { code: Code::InvalidGrant, why: "the refresh token does not count" };

impl Idms {
    pub(super) async fn by_refresh(&self, client: &Client, asked: &Parameters) -> Result<Value, Refused> {
        let token = asked.required("refresh_token", "the refresh token is missing")?;
        let key = keys::refresh(token);
        let (refresh, record) = self.kept::<Refresh>(&key).await?.ok_or(REFUSED)?;
        if refresh.client != client.id {
            return Err(REFUSED);
        }
        if refresh.used {
            tracing::warn!("a refresh token was used twice: what its log-in gave is revoked");
            self.revoke_log_in(&refresh.sid).await?;
            return Err(REFUSED);
        }
        let (log_in, _) = self.kept::<LogIn>(&keys::log_in(&refresh.sid)).await?.ok_or(REFUSED)?;
        let user = self.user(&log_in.user).await?.ok_or(REFUSED)?;
        if !self.counts(&user, log_in.at).await? {
            return Err(REFUSED);
        }
        let now = self.now();
        let used = Refresh { used: true, ..refresh.clone() };
        let until = record.expires.unwrap_or_else(|| self.outlives(now));
        let batch =
            Batch::new().expect_version(key.clone(), record.version).put_until(key, written(&used)?, until);
        let (batch, next) = self.refresh_token(batch, &log_in, now)?;
        let scopes = narrowed(asked.get("scope"), client, &log_in, &user.ids)?;
        let subject = issue::subject(&log_in, &user.ids, &scopes);
        let tokens = self.tokens(&subject, Some(&next), None, now)?;
        if self.use_up(batch).await?.is_none() {
            self.revoke_log_in(&refresh.sid).await?;
            return Err(REFUSED);
        }
        Ok(tokens)
    }
}

/// RFC 6749 clause 6: what was granted at the log-in, or a part of it; and no more than application and user may have now.
fn narrowed(
    asked: Option<&str>,
    client: &Client,
    log_in: &LogIn,
    ids: &crate::users::Ids,
) -> Result<Vec<String>, Refused> {
    let granted = log_in.scopes.join(" ");
    let wanted = asked.unwrap_or(&granted);
    let beyond = wanted.split(' ').any(|scope| !log_in.scopes.iter().any(|each| each == scope));
    let scopes = scopes::granted(wanted, &client.scopes, ids);
    if beyond || scopes.is_empty() {
        return Err(Refused::new(Code::InvalidScope, "the log-in does not have these scopes"));
    }
    Ok(scopes)
}
