//! An identity management server, as far as its signature goes.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://idms.example";

pub struct Idms(EcdsaKeyPair);

impl Idms {
    pub fn new() -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).expect("a key");
        Self(EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref()).expect("a key"))
    }

    pub fn jwks(&self) -> Vec<u8> {
        let point = self.0.public_key().as_ref();
        let (x, y) = (base64url(&point[1..33]), base64url(&point[33..65]));
        json!({ "keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig"}] })
            .to_string()
            .into_bytes()
    }

    /// A token of this user, valid for the whole test. Several MC IDs of one user have spaces between.
    pub fn token(&self, user: &str) -> String {
        self.token_for(user, "openid 3gpp:mc:ptt_group_management_service")
    }

    /// As [`Idms::token`], with these scopes.
    pub fn token_for(&self, user: &str, scope: &str) -> String {
        let mut claims = json!({ "iss": ISSUER, "aud": ["gms"], "exp": 4_000_000_000_u64, "scope": scope });
        for (name, id) in ["mcptt_id", "mcvideo_id", "mcdata_id"].into_iter().zip(user.split(' ')) {
            claims[name] = id.into();
        }
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&json!({"alg": "ES256"})), part(&claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", base64url(signature.as_ref()))
    }
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |n: u32| char::from(DIGITS[(n & 63) as usize]);
    let chunk = |chunk: &[u8]| -> String {
        let n = chunk.iter().fold(0_u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..=chunk.len()).map(|i| digit(n >> (18 - 6 * i))).collect()
    };
    bytes.chunks(3).map(chunk).collect()
}
