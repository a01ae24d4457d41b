use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};

use super::{Invalid, Issuer, Tokens};

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |n: u32| char::from(DIGITS[(n & 63) as usize]);
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let n = chunk.iter().fold(0_u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..=chunk.len()).map(move |i| digit(n >> (18 - 6 * i)))
        })
        .collect()
}

/// An identity management server, as far as its signature goes.
pub(crate) struct Idms(EcdsaKeyPair);

impl Idms {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref()).unwrap())
    }

    pub(crate) fn jwks(&self) -> Vec<u8> {
        let point = self.0.public_key().as_ref();
        let (x, y) = (base64url(&point[1..33]), base64url(&point[33..65]));
        let key = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "k1", "use": "sig"});
        json!({ "keys": [key] }).to_string().into_bytes()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            base64url(header.to_string().as_bytes()),
            base64url(claims.to_string().as_bytes())
        );
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", base64url(signature.as_ref()))
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": "ES256", "kid": "k1", "typ": "at+jwt"}), claims)
    }

    pub(crate) fn tokens(&self) -> Tokens {
        let issuer = Issuer::new("https://idms.a.example", vec!["mcx".into()], &self.jwks()).unwrap();
        Tokens::new(vec![issuer])
    }
}

pub(crate) fn claims() -> Value {
    json!({
        "iss": "https://idms.a.example", "aud": ["mcx", "other"], "exp": 2000, "nbf": 1000,
        "mcptt_id": "sip:alice@a.example", "mcdata_id": "sip:alice@a.example", "mcvideo_id": "sip:alice.v@a.example",
        "client_id": "app", "scope": "openid 3gpp:mc:ptt_service"
    })
}

fn with(key: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[key] = value;
    claims
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn ts33180_b_1_2_2_a_token_names_its_user_for_each_service() {
    let idms = Idms::new();
    let bearer = idms.tokens().verify(&idms.token(&claims()), at(1500)).unwrap();
    let users: Vec<&str> = bearer.users.iter().map(|user| user.as_str()).collect();
    assert_eq!(users, ["sip:alice@a.example", "sip:alice.v@a.example"]);
    assert_eq!(bearer.scopes, ["openid", "3gpp:mc:ptt_service"]);
    assert_eq!(bearer.client.as_deref(), Some("app"));
}

#[test]
fn rfc7519_4_1_time_issuer_and_audience_are_looked_at() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    let verdict = |claims: &Value, now| tokens.verify(&idms.token(claims), at(now)).err();
    assert_eq!(verdict(&claims(), 2029), None);
    assert_eq!(verdict(&claims(), 2030), Some(Invalid::Expired));
    assert_eq!(verdict(&claims(), 969), Some(Invalid::NotYet));
    assert_eq!(verdict(&with("iss", json!("https://idms.b.example")), 1500), Some(Invalid::UnknownIssuer));
    assert_eq!(verdict(&with("aud", json!("else")), 1500), Some(Invalid::Audience));
    assert_eq!(verdict(&with("aud", json!("mcx")), 1500), None);
    assert_eq!(verdict(&with("exp", json!(u64::MAX)), 1500), Some(Invalid::Malformed));
}

#[test]
fn a_remembered_token_ends_when_it_says() {
    let idms = Idms::new();
    let (tokens, token) = (idms.tokens(), idms.token(&claims()));
    assert!(tokens.verify(&token, at(1500)).is_ok());
    assert!(tokens.verify(&token, at(1999)).is_ok());
    assert_eq!(tokens.verify(&token, at(2030)).unwrap_err(), Invalid::Expired);
}

#[test]
fn rfc8725_3_1_the_algorithm_is_the_keys_and_never_the_tokens() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    for algorithm in ["none", "HS256", "RS256", "ES384"] {
        let token = idms.sign(&json!({"alg": algorithm, "kid": "k1"}), &claims());
        assert!(tokens.verify(&token, at(1500)).is_err(), "{algorithm}");
    }
}

#[test]
fn rfc7515_4_1_11_an_extension_that_must_be_understood_is_not() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    for crit in [json!(["exp"]), json!(["urn:example:x"]), json!([]), json!("exp")] {
        let header = json!({"alg": "ES256", "kid": "k1", "crit": crit, "urn:example:x": 1});
        let token = idms.sign(&header, &claims());
        assert_eq!(tokens.verify(&token, at(1500)).unwrap_err(), Invalid::Malformed, "{header}");
    }
}

#[test]
fn rfc8725_3_11_a_token_of_another_kind_is_no_access_token() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    let verdict = |kind: Value| {
        let header = json!({"alg": "ES256", "kid": "k1", "typ": kind});
        tokens.verify(&idms.sign(&header, &claims()), at(1500)).err()
    };
    for kind in ["JWT", "at+jwt", "application/at+jwt", "AT+JWT"] {
        assert_eq!(verdict(json!(kind)), None, "{kind}");
    }
    for kind in ["logout+jwt", "dpop+jwt", "", "JOSE"] {
        assert_eq!(verdict(json!(kind)), Some(Invalid::Malformed), "{kind}");
    }
    let untyped = idms.sign(&json!({"alg": "ES256", "kid": "k1"}), &claims());
    assert!(tokens.verify(&untyped, at(1500)).is_ok());
}

#[test]
fn a_token_of_another_key_or_changed_on_its_way_does_not_count() {
    let (idms, mallory) = (Idms::new(), Idms::new());
    let tokens = idms.tokens();
    assert_eq!(tokens.verify(&mallory.token(&claims()), at(1500)).unwrap_err(), Invalid::Signature);
    let token = idms.token(&claims());
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts[1] = base64url(with("mcptt_id", json!("sip:root@a.example")).to_string().as_bytes());
    assert_eq!(tokens.verify(&parts.join("."), at(1500)).unwrap_err(), Invalid::Signature);
    assert_eq!(tokens.verify("a.b", at(1500)).unwrap_err(), Invalid::Malformed);
    assert_eq!(tokens.verify(&"a".repeat(10_000), at(1500)).unwrap_err(), Invalid::Malformed);
}

#[test]
fn a_token_without_a_user_does_not_count() {
    let idms = Idms::new();
    let mut nobody = claims();
    for key in ["mcptt_id", "mcvideo_id", "mcdata_id"] {
        nobody.as_object_mut().unwrap().remove(key);
    }
    assert_eq!(idms.tokens().verify(&idms.token(&nobody), at(1500)).unwrap_err(), Invalid::Malformed);
}

#[test]
fn a_set_without_a_key_that_verifies_is_refused() {
    assert!(Issuer::new("i", Vec::new(), b"{}").is_err());
    let symmetric = br#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#;
    assert_eq!(Issuer::new("i", Vec::new(), symmetric).unwrap_err(), "no key in it can verify a signature");
}
