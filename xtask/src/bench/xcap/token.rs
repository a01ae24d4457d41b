//! The identity server of the benchmark: one key, and one access token for its administrator (RFC 9068, RFC 8037).

use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData as _, SigningKey as _};
use serde_json::json;

/// The value of `iss`.
pub const ISSUER: &str = "https://idms.primary.example";

/// The value of `aud`.
pub const AUDIENCE: &str = "mcx";

/// A day, in seconds: longer than any measurement.
const LASTS: u64 = 86_400;

/// The key set by which the server verifies, and a token for this user.
pub fn issue(user: &str) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ED25519)?;
    let public = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": base64url(key.der_bytes()) });
    let keys = json!({ "keys": [public] }).to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let header = json!({ "alg": "EdDSA", "typ": "at+jwt" });
    let scope = "3gpp:mc:ptt_group_management_service";
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": user, "mcptt_id": user, "iat": now, "exp": now + LASTS, "scope": scope,
    });
    let part = |value: serde_json::Value| base64url(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = base64url(&key.sign(signed.as_bytes())?);
    Ok((keys, format!("{signed}.{signature}")))
}

/// RFC 4648 clause 5, without padding.
fn base64url(octets: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in octets.chunks(3) {
        let all =
            chunk.iter().fold(0_u32, |all, octet| all << 8 | u32::from(*octet)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let six = all >> (18 - 6 * place) & 63;
            text.push(char::from(ALPHABET[six as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64url;

    #[test]
    fn rfc4648_10_vectors_without_padding() {
        let vectors =
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")];
        for (octets, text) in vectors {
            assert_eq!(base64url(octets.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }
}
