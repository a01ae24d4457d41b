//! An authorization code for tokens: RFC 6749 clause 4.1.3, RFC 7636 clause 4.6, TS 33.180 annex B.4

use aws_lc_rs::constant_time::verify_slices_are_equal;
use kit::tokens;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Batch;

use crate::{
    config::Client,
    issue::{self, LogIn, written},
    keys,
    oauth::{self, Parameters, Refused},
    state::Idms,
};

/// What an authorization code stands for.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) log_in: LogIn,
    pub(crate) redirect_uri: String,
    /// `code_challenge` of the request, by S256.
    pub(crate) challenge: String,
    pub(crate) nonce: Option<String>,
    /// Whether it has been shown to the token endpoint.
    pub(crate) used: bool,
}

const REFUSED: Refused = Refused { code: oauth::Code::InvalidGrant, why: "the code does not count" };

impl Idms {
    /// Keeps a code for who has logged in, and returns it.
    pub(crate) async fn new_code(&self, code: &Code) -> Result<String, Refused> {
        let secret = self.secret();
        let until = self.now() + self.config.lifetimes.code;
        let batch = Batch::new().put_until(keys::code(&secret), written(code)?, until);
        self.store.commit(batch).await.map_err(|why| oauth::fault("a code cannot be kept", &why))?;
        Ok(secret)
    }

    pub(super) async fn by_code(&self, client: &Client, asked: &Parameters) -> Result<Value, Refused> {
        let secret = asked.required("code", "the code is missing")?;
        let redirect_uri = asked.required("redirect_uri", "the redirect URI is missing")?;
        let verifier = asked.required("code_verifier", "the code verifier is missing")?;
        let key = keys::code(secret);
        let (code, record) = self.kept::<Code>(&key).await?.ok_or(REFUSED)?;
        if code.used {
            // RFC 6749 clause 4.1.2: two have it, and one of them has stolen it.
            tracing::warn!("an authorization code was used twice: what it gave is revoked");
            self.revoke_log_in(&code.log_in.sid).await?;
            return Err(REFUSED);
        }
        let now = self.now();
        let used = Code { used: true, ..code.clone() };
        let batch = Batch::new().expect_version(key.clone(), record.version);
        let batch = batch.put_until(key, written(&used)?, self.outlives(now));
        let is_its = code.log_in.client == client.id
            && code.redirect_uri == redirect_uri
            && is_verifier(verifier, &code.challenge);
        let user = self.user(&code.log_in.user).await?;
        let counts = match &user {
            Some(user) => is_its && self.counts(user, code.log_in.at).await?,
            None => false,
        };
        let Some(user) = user.filter(|_| counts) else {
            // Whoever shows it without being its owner has used it up all the same.
            self.use_up(batch).await?;
            return Err(REFUSED);
        };
        let log_in = &code.log_in;
        let batch = batch.put_until(keys::log_in(&log_in.sid), written(log_in)?, self.log_in_ends(log_in));
        let (batch, refresh) = self.refresh_token(batch, log_in, now)?;
        let subject = issue::subject(log_in, &user.ids, &log_in.scopes);
        let tokens = self.tokens(&subject, Some(&refresh), code.nonce.as_deref(), now)?;
        if self.use_up(batch).await?.is_none() {
            self.revoke_log_in(&log_in.sid).await?;
            return Err(REFUSED);
        }
        Ok(tokens)
    }
}

/// RFC 7636 clauses 4.1 and 4.6: whether the hash of the verifier is the challenge.
fn is_verifier(verifier: &str, challenge: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(plain)
        && verify_slices_are_equal(tokens::challenge(verifier).as_bytes(), challenge.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc7636_appendix_b_the_verifier_of_a_challenge() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge));
        assert!(!is_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", challenge));
        assert!(!is_verifier(challenge, challenge), "plain is not spoken");
        assert!(!is_verifier("short", challenge));
    }
}
