//! The other end: signing access tokens, as an identity management server does. TS 33.180 clause B.1.2.2, RFC 9068

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use serde_json::json;
use xml_schemas::ids::McServiceId;

/// An issuer with its private key: ECDSA on P-256 (ES256).
pub struct Signer {
    issuer: String,
    key: EncodingKey,
    public: Jwk,
}

/// What a token is to say.
#[derive(Clone, Debug)]
pub struct Grant<'g> {
    /// The user, under the same MC service ID for every MC service.
    pub user: &'g McServiceId,
    /// For whom it is (`aud`).
    pub audience: &'g [&'g str],
    /// Scopes, such as `3gpp:mc:ptt_service`.
    pub scopes: &'g [&'g str],
    /// When it begins.
    pub issued: SystemTime,
    /// How long it lasts.
    pub lasts: Duration,
}

impl Signer {
    /// An issuer by the value of `iss` and its private key, PKCS#8 in DER.
    ///
    /// # Errors
    /// With what is wrong with the key.
    pub fn new(issuer: impl Into<String>, pkcs8: &[u8]) -> Result<Self, String> {
        let key = EncodingKey::from_ec_der(pkcs8);
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(|why| why.to_string())?;
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        public.common.key_id =
            Some(public.thumbprint(ThumbprintHash::SHA256).map_err(|why| why.to_string())?);
        Ok(Self { issuer: issuer.into(), key, public })
    }

    /// The JSON Web Key Set by which others verify (RFC 7517): the public key, named by its thumbprint (RFC 7638).
    #[must_use]
    pub fn jwks(&self) -> String {
        let set = JwkSet { keys: vec![self.public.clone()] };
        json!(set).to_string()
    }

    /// The public key as a member of such a set.
    ///
    /// # Errors
    /// It cannot be written, which no key is known for.
    pub fn jwk(&self) -> Result<serde_json::Value, String> {
        serde_json::to_value(&self.public).map_err(|why| why.to_string())
    }

    /// The name of the key (`kid`): its thumbprint.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.public.common.key_id.as_deref().unwrap_or_default()
    }

    /// Signs these claims as a token of this kind (`typ`, RFC 8725 3.11). `iss` among them is the caller's.
    ///
    /// # Errors
    /// With why the key does not sign.
    pub fn sign_claims(&self, kind: &str, claims: &serde_json::Value) -> Result<String, String> {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        header.kid.clone_from(&self.public.common.key_id);
        jsonwebtoken::encode(&header, claims, &self.key).map_err(|why| why.to_string())
    }

    /// A signed access token.
    ///
    /// # Errors
    /// With why the key does not sign.
    pub fn sign(&self, grant: &Grant<'_>) -> Result<String, String> {
        self.sign_claims("at+jwt", &self.claims(grant))
    }

    /// As [`Signer::sign`], for a user who has migrated here: his primary MC system has vouched for who he is there (`primary_id`,
    /// TS 33.180 B.7).
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn sign_for_visitor(&self, grant: &Grant<'_>, primary: &McServiceId) -> Result<String, String> {
        let mut claims = self.claims(grant);
        claims["primary_id"] = json!(primary.as_str());
        self.sign_claims("at+jwt", &claims)
    }

    fn claims(&self, grant: &Grant<'_>) -> serde_json::Value {
        let (user, seconds) = (grant.user.as_str(), |at: SystemTime| {
            at.duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
        });
        json!({
            "iss": self.issuer,
            "sub": user,
            "aud": grant.audience,
            "iat": seconds(grant.issued),
            "nbf": seconds(grant.issued),
            "exp": seconds(grant.issued + grant.lasts),
            "mcptt_id": user,
            "mcvideo_id": user,
            "mcdata_id": user,
            "scope": grant.scopes.join(" "),
        })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.issuer)
    }
}

#[cfg(test)]
mod tests;
