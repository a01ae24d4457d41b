//! The grants of the token endpoint, one file each.

mod code;
mod exchange;
mod jwt_bearer;
mod refresh;

pub(crate) use code::Code as AuthorizationCode;

use serde_json::Value;
use store::{Batch, CommitError};

use crate::{
    config::Client,
    issue,
    oauth::{Code, Parameters, Refused, fault},
    revoked,
    state::Idms,
};

/// RFC 8693 clause 2.1
pub(crate) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// RFC 7523 clause 2.1
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Every grant that there is.
pub(crate) const ALL: [&str; 4] = ["authorization_code", "refresh_token", EXCHANGE, JWT_BEARER];

impl Idms {
    /// What a request to the token endpoint is granted.
    pub(crate) async fn grant(&self, asked: &Parameters) -> Result<Value, Refused> {
        let kind = asked.required("grant_type", "which grant it is has to be said")?;
        let client = self.client(asked)?;
        let granted = match kind {
            "authorization_code" => self.by_code(&client, asked).await,
            "refresh_token" => self.by_refresh(&client, asked).await,
            EXCHANGE => self.by_exchange(&client, asked).await,
            JWT_BEARER => self.by_assertion(&client, asked).await,
            _ => Err(Refused::new(Code::UnsupportedGrantType, "there is no such grant here")),
        };
        self.metrics.granted(kind, granted.as_ref().err());
        granted
    }

    /// The application that asks. It proves nothing: it is whom the user's code was given to (RFC 7636) that counts.
    pub(crate) fn client(&self, asked: &Parameters) -> Result<Client, Refused> {
        let id = asked.get("client_id").ok_or(Refused::new(Code::InvalidClient, "no client is named"))?;
        let rules = self.rules.load();
        rules.client(id).cloned().ok_or(Refused::new(Code::InvalidClient, "the client is not known"))
    }

    /// Somebody has what only one may have: nothing that it gave counts any more.
    async fn revoke_log_in(&self, sid: &str) -> Result<(), Refused> {
        let batch = revoked::log_in(Batch::new(), sid, self.log_in_outlives(self.now()));
        self.store.commit(batch).await.map(|_| ()).map_err(|why| fault("a log-in cannot be revoked", &why))
    }

    /// Commits a batch that uses something up. None where somebody else has been first.
    pub(crate) async fn use_up(&self, batch: Batch) -> Result<Option<()>, Refused> {
        match self.store.commit(batch).await {
            Ok(_) => Ok(Some(())),
            Err(CommitError::Conflict(_)) => Ok(None),
            Err(CommitError::Fault(why)) => Err(fault("a grant cannot be kept", &why)),
        }
    }

    async fn kept<T: for<'de> serde::Deserialize<'de>>(
        &self,
        key: &str,
    ) -> Result<Option<(T, store::Record)>, Refused> {
        let record =
            self.store.get(key.as_bytes()).await.map_err(|why| fault("a record cannot be read", &why))?;
        record.map(|record| Ok((issue::read(&record.value)?, record))).transpose()
    }
}
