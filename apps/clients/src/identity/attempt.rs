//! One log-in, from its beginning to the return of the browser: RFC 6749 clause 4.1.1, RFC 7636 clause 4.3, OpenID Connect Core
//! clause 3.1.2

use kit::tokens::challenge;
use wire::Ids;

use super::{NotIssued, Settings};

/// A log-in that has begun.
#[derive(Clone)]
pub struct Attempt {
    uri: String,
    verifier: String,
    state: String,
    nonce: String,
}

impl Attempt {
    pub(super) fn new(endpoint: &str, settings: &Settings, ids: &dyn Ids) -> Self {
        let secret = || format!("{}{}", ids.token(), ids.token());
        let (verifier, state, nonce) = (secret(), secret(), secret());
        let query = [
            ("response_type", "code"),
            ("client_id", &settings.client_id),
            ("redirect_uri", &settings.redirect_uri),
            ("scope", &settings.scope),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge(&verifier)),
            ("code_challenge_method", "S256"),
        ];
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let mark = if endpoint.contains('?') { '&' } else { '?' };
        Self { uri: format!("{endpoint}{mark}{query}"), verifier, state, nonce }
    }

    /// Where the user's browser is sent.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn verifier(&self) -> &str {
        &self.verifier
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The code with which the browser came back: RFC 6749 clause 4.1.2, RFC 9207.
    pub fn code(&self, back: &str, settings: &Settings) -> Result<String, NotIssued> {
        let (at, query) = back.split_once('?').unwrap_or((back, ""));
        if at != settings.redirect_uri {
            return Err(NotIssued::Malformed("it sends browsers to where the application is not"));
        }
        let get = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        if get("state").as_deref() != Some(&self.state) {
            return Err(NotIssued::Malformed("the browser came back from another log-in"));
        }
        if get("iss").is_some_and(|issuer| issuer != settings.issuer) {
            return Err(NotIssued::Malformed("the browser came back from another server"));
        }
        match (get("code"), get("error")) {
            (Some(code), None) => Ok(code),
            (_, Some(code)) => {
                let why = get("error_description").unwrap_or_else(|| "no reason was given".to_owned());
                Err(NotIssued::Refused { code, why })
            }
            (None, None) => Err(NotIssued::Malformed("the browser came back without a code")),
        }
    }
}

/// What it holds is secret until it is used.
impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}
