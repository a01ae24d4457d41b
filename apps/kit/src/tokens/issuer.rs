//! Whose tokens count, and by which keys: RFC 7517, RFC 8725.

use std::fmt;

use arc_swap::ArcSwap;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{
        AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse, ThumbprintHash,
    },
};
use serde_json::Value;
use xml_schemas::ids::McServiceId;

use super::{Invalid, Marks, Scopes, follow::Remote, revoked::Revoked};

/// Longer than any token that a client sends.
pub(super) const LONGEST: usize = 8_192;

/// More keys than an issuer signs with.
const KEYS: usize = 64;

/// Whose tokens count here.
pub struct Issuer {
    /// The value of `iss`, exact.
    pub(super) name: String,
    /// One of these must be in `aud`: an ID token, which names the client there, is no access token.
    pub(super) audience: Vec<String>,
    /// For whose users it speaks, by their domains in lower case; for anybody where the list is empty.
    domains: Vec<String>,
    /// What is asked of the scopes of its tokens.
    pub(super) wanted: Scopes,
    keys: ArcSwap<Vec<Key>>,
    pub(super) revoked: ArcSwap<Revoked>,
    /// Where its keys are fetched, where they are not given once and for all.
    pub(super) remote: Option<Remote>,
}

struct Key {
    id: Option<String>,
    /// What tells this key from every other (RFC 7638).
    print: String,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

/// What a key of the very issuer that it names has signed, and which key that was.
pub(super) struct Signed {
    pub(super) claims: Value,
    pub(super) key: String,
}

impl Issuer {
    /// An issuer by its JSON Web Key Set (RFC 7517). Keys that sign nothing, and symmetric ones, are passed over.
    ///
    /// # Errors
    /// With what is wrong, fit for a configuration error.
    pub fn new(name: impl Into<String>, audience: Vec<String>, jwks: &[u8]) -> Result<Self, String> {
        let keys = keys(jwks)?;
        if keys.is_empty() {
            return Err("no key in it can verify a signature".into());
        }
        Ok(Self::with(name.into(), audience, keys, None))
    }

    /// An issuer whose keys are fetched. Until they have been, no token of it counts.
    pub(super) fn fetched(name: String, audience: Vec<String>, remote: Remote) -> Self {
        Self::with(name, audience, Vec::new(), Some(remote))
    }

    fn with(name: String, audience: Vec<String>, keys: Vec<Key>, remote: Option<Remote>) -> Self {
        let (keys, revoked) = (ArcSwap::from_pointee(keys), ArcSwap::default());
        let (domains, wanted) = (Vec::new(), Scopes::default());
        Self { name, audience, domains, wanted, keys, revoked, remote }
    }

    /// It speaks for users of these domains only.
    #[must_use]
    pub fn of_domains(mut self, domains: &[String]) -> Self {
        self.domains = domains.iter().map(|domain| domain.to_ascii_lowercase()).collect();
        self
    }

    /// This is asked of the scopes of its tokens.
    #[must_use]
    pub fn wanting(self, wanted: Scopes) -> Self {
        Self { wanted, ..self }
    }

    /// Whether it speaks for this user.
    pub(super) fn speaks_for(&self, user: &McServiceId) -> bool {
        let its = |domain: &String| domain.eq_ignore_ascii_case(user.domain());
        self.domains.is_empty() || self.domains.iter().any(its)
    }

    /// The value of `iss` in its tokens.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// From now on these keys verify, and no others. Whether any has gone.
    pub(super) fn replace(&self, jwks: &[u8]) -> Result<bool, String> {
        let new = keys(jwks)?;
        let old = self.keys.load();
        let gone = old.iter().any(|key| !new.iter().any(|other| other.print == key.print));
        self.keys.store(new.into());
        Ok(gone)
    }

    /// No key verifies any more. Whether one did.
    pub(super) fn forget(&self) -> bool {
        !self.keys.swap(Vec::new().into()).is_empty()
    }

    /// Whether the key still verifies and what the marks say has not been revoked.
    pub(super) fn vouches(&self, key: &str, marks: &Marks) -> bool {
        self.keys.load().iter().any(|known| known.print == key) && !self.revoked.load().names(marks)
    }

    /// What this issuer has signed, of one of these kinds (`typ`). Time and audience have not been looked at.
    pub(super) fn signed(&self, token: &str, kinds: &[&str]) -> Result<Signed, Invalid> {
        if token.len() > LONGEST {
            return Err(Invalid::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Invalid::Malformed)?;
        if header.crit.is_some() {
            return Err(Invalid::Malformed);
        }
        if !is_one_of(header.typ.as_deref(), kinds) {
            return Err(Invalid::Kind);
        }
        let (algorithm, id) = (header.alg, header.kid.as_deref());
        let fits = |key: &&Key| {
            key.algorithms.contains(&algorithm)
                && (id.is_none() || key.id.is_none() || key.id.as_deref() == id)
        };
        let mut fault = Invalid::UnknownIssuer;
        for key in self.keys.load().iter().filter(fits) {
            match jsonwebtoken::decode::<Value>(token, &key.key, &signature_only(algorithm)) {
                Ok(data) if data.claims.get("iss").and_then(Value::as_str) == Some(&self.name) => {
                    return Ok(Signed { claims: data.claims, key: key.print.clone() });
                }
                Ok(_) => {}
                Err(error) => fault = reason(&error),
            }
        }
        Err(fault)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({}, {} keys)", self.name, self.keys.load().len())
    }
}

/// Those keys of a set that verify. What is of no use here is passed over, as RFC 7517 5 has it.
fn keys(jwks: &[u8]) -> Result<Vec<Key>, String> {
    let set: Value =
        serde_json::from_slice(jwks).map_err(|error| format!("not a JSON Web Key Set: {error}"))?;
    let members = set.get("keys").and_then(Value::as_array).ok_or("not a JSON Web Key Set: no \"keys\"")?;
    if members.len() > KEYS {
        return Err(format!("more than {KEYS} keys"));
    }
    let jwk = |member: &Value| serde_json::from_value::<Jwk>(member.clone()).ok();
    Ok(members.iter().filter_map(jwk).filter_map(|jwk| Key::of(&jwk)).collect())
}

impl Key {
    fn of(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let verifies = common.public_key_use.as_ref().is_none_or(|its| *its == PublicKeyUse::Signature)
            && common.key_operations.as_ref().is_none_or(|its| its.contains(&KeyOperations::Verify));
        let algorithms: &[Algorithm] = match &jwk.algorithm {
            _ if !verifies => return None,
            AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
                EllipticCurve::P256 => &[Algorithm::ES256],
                EllipticCurve::P384 => &[Algorithm::ES384],
                _ => return None,
            },
            AlgorithmParameters::RSA(_) => &[Algorithm::RS256, Algorithm::PS256],
            AlgorithmParameters::OctetKeyPair(_) => &[Algorithm::EdDSA],
            _ => return None,
        };
        let meant = |algorithm: &&Algorithm| common.key_algorithm.is_none_or(|its| its == named(**algorithm));
        let algorithms: Vec<Algorithm> = algorithms.iter().filter(meant).copied().collect();
        let print = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        let key = DecodingKey::from_jwk(jwk).ok()?;
        let usable = !algorithms.is_empty();
        usable.then(|| Self { id: common.key_id.clone(), print, algorithms, key })
    }
}

/// `alg` of a key (RFC 7517 4.4) that is meant for this algorithm.
fn named(algorithm: Algorithm) -> KeyAlgorithm {
    match algorithm {
        Algorithm::ES256 => KeyAlgorithm::ES256,
        Algorithm::ES384 => KeyAlgorithm::ES384,
        Algorithm::RS256 => KeyAlgorithm::RS256,
        Algorithm::PS256 => KeyAlgorithm::PS256,
        _ => KeyAlgorithm::EdDSA,
    }
}

/// A token of another kind, such as a logout token, authorizes nobody though the same key signed it: RFC 8725 3.11.
fn is_one_of(kind: Option<&str>, kinds: &[&str]) -> bool {
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
