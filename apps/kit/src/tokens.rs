//! Access tokens: JSON Web Tokens of configured issuers.
//! TS 33.180 Annex B, TS 24.482 Annex A, RFC 7519, RFC 9068.
//!
//! A token names its user by the claims `mcptt_id`, `mcvideo_id` and `mcdata_id`. What it says counts where one of the
//! issuer's public keys verifies it, it is meant for this server, and its time has come and not passed. A verified token is
//! remembered until then, by its hash, since a verification costs more than the request that it comes with.

mod claims;
mod configured;
mod signer;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet},
};
use sha2::{Digest as _, Sha256};
use xml_schemas::ids::McServiceId;

use claims::Claims;
pub use configured::IssuerConfig;
pub use signer::{Grant, Signer};

/// How far the issuer's clock may be from ours.
const LEEWAY: Duration = Duration::from_secs(30);

/// How many verified tokens are remembered. Beyond, all are forgotten and verified anew.
const REMEMBERED: usize = 65_536;

/// Longer than any token that a client sends.
const LONGEST: usize = 8_192;

/// What a verified token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bearer {
    /// The user's MC service IDs, one for each MC service that the token is for.
    pub users: Vec<McServiceId>,
    /// The client it was given to, where it says so.
    pub client: Option<String>,
    /// Scopes, such as `3gpp:mc:ptt_service`.
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires: SystemTime,
}

/// Why a token does not count. Fit for `error_description` (RFC 6750 3); says nothing of the token's content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Invalid {
    /// It is no JWT, or holds no user.
    Malformed,
    /// No configured issuer, or none of its keys, stands behind it.
    UnknownIssuer,
    /// The signature does not verify.
    Signature,
    /// It is meant for somebody else.
    Audience,
    /// Its time has passed.
    Expired,
    /// Its time has not come.
    NotYet,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the access token cannot be read",
            Self::UnknownIssuer => "the access token is of an unknown issuer or key",
            Self::Signature => "the signature of the access token does not verify",
            Self::Audience => "the access token is not meant for this server",
            Self::Expired => "the access token has expired",
            Self::NotYet => "the access token is not valid yet",
        })
    }
}

impl std::error::Error for Invalid {}

/// Whose tokens count here.
pub struct Issuer {
    /// The value of `iss`, exact.
    name: String,
    /// One of these must be in `aud`; whatever stands there is taken where the list is empty.
    audience: Vec<String>,
    keys: Vec<Key>,
}

struct Key {
    id: Option<String>,
    algorithms: &'static [Algorithm],
    key: DecodingKey,
}

impl Issuer {
    /// An issuer by its JSON Web Key Set (RFC 7517). Keys that sign nothing, and symmetric ones, are passed over.
    ///
    /// # Errors
    /// With what is wrong, fit for a configuration error.
    pub fn new(name: impl Into<String>, audience: Vec<String>, jwks: &[u8]) -> Result<Self, String> {
        let set: JwkSet =
            serde_json::from_slice(jwks).map_err(|error| format!("not a JSON Web Key Set: {error}"))?;
        let keys: Vec<Key> = set.keys.iter().filter_map(Key::of).collect();
        if keys.is_empty() {
            return Err("no key in it can verify a signature".into());
        }
        Ok(Self { name: name.into(), audience, keys })
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({}, {} keys)", self.name, self.keys.len())
    }
}

impl Key {
    fn of(jwk: &Jwk) -> Option<Self> {
        let algorithms: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
                EllipticCurve::P256 => &[Algorithm::ES256],
                EllipticCurve::P384 => &[Algorithm::ES384],
                _ => return None,
            },
            AlgorithmParameters::RSA(_) => &[Algorithm::RS256, Algorithm::PS256],
            AlgorithmParameters::OctetKeyPair(_) => &[Algorithm::EdDSA],
            _ => return None,
        };
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some(Self { id: jwk.common.key_id.clone(), algorithms, key })
    }
}

/// The issuers, and the tokens that have been verified.
#[derive(Debug, Default)]
pub struct Tokens {
    issuers: Vec<Issuer>,
    verified: Mutex<HashMap<[u8; 32], Arc<Bearer>>>,
}

impl Tokens {
    /// Tokens of these issuers count.
    #[must_use]
    pub fn new(issuers: Vec<Issuer>) -> Self {
        Self { issuers, verified: Mutex::default() }
    }

    /// What a token says, if it counts now.
    ///
    /// # Errors
    /// [`Invalid`], and why.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Arc<Bearer>, Invalid> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(bearer) = self.remembered(&hash) {
            return if now < bearer.expires + LEEWAY { Ok(bearer) } else { Err(Invalid::Expired) };
        }
        let bearer = Arc::new(self.examine(token, now)?);
        self.remember(hash, Arc::clone(&bearer));
        Ok(bearer)
    }

    fn examine(&self, token: &str, now: SystemTime) -> Result<Bearer, Invalid> {
        if token.len() > LONGEST {
            return Err(Invalid::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Invalid::Malformed)?;
        if header.crit.is_some() || !is_access_token(header.typ.as_deref()) {
            return Err(Invalid::Malformed);
        }
        let claims = self.signed(token, header.alg, header.kid.as_deref())?;
        let issuer =
            self.issuers.iter().find(|issuer| issuer.name == claims.iss).ok_or(Invalid::UnknownIssuer)?;
        if !issuer.audience.is_empty() && !claims.aud.iter().any(|each| issuer.audience.contains(each)) {
            return Err(Invalid::Audience);
        }
        claims.bearer(now, LEEWAY)
    }

    /// What it claims, once a key of the very issuer that it names has verified it.
    fn signed(&self, token: &str, algorithm: Algorithm, id: Option<&str>) -> Result<Claims, Invalid> {
        let mut fault = Invalid::UnknownIssuer;
        for issuer in &self.issuers {
            let fits = |key: &&Key| {
                key.algorithms.contains(&algorithm)
                    && (id.is_none() || key.id.is_none() || key.id.as_deref() == id)
            };
            for key in issuer.keys.iter().filter(fits) {
                match jsonwebtoken::decode::<Claims>(token, &key.key, &signature_only(algorithm)) {
                    Ok(data) if data.claims.iss == issuer.name => return Ok(data.claims),
                    Ok(_) => {}
                    Err(error) => fault = reason(&error),
                }
            }
        }
        Err(fault)
    }

    fn remembered(&self, hash: &[u8; 32]) -> Option<Arc<Bearer>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn remember(&self, hash: [u8; 32], bearer: Arc<Bearer>) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(hash, bearer);
    }
}

/// A token of another kind, such as a logout token, authorizes nobody though the same key signed it: RFC 8725 3.11.
fn is_access_token(kind: Option<&str>) -> bool {
    let kinds = ["JWT", "at+jwt", "application/at+jwt"];
    kind.is_none_or(|kind| kinds.iter().any(|known| kind.eq_ignore_ascii_case(known)))
}

/// Time and audience are looked at afterwards, by our own clock.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

fn reason(error: &jsonwebtoken::errors::Error) -> Invalid {
    match error.kind() {
        jsonwebtoken::errors::ErrorKind::InvalidSignature => Invalid::Signature,
        _ => Invalid::Malformed,
    }
}

#[cfg(test)]
pub(crate) mod tests;
