//! By which keys the store holds what the server knows.

use sha2::{Digest as _, Sha256};
use xml_schemas::ids::McServiceId;

/// Before every key of a user.
pub(crate) const USERS: &str = "idms/user/";

/// The signing keys.
pub(crate) const RING: &str = "idms/keys";

/// Before every key of what has been revoked.
pub(crate) const REVOKED: &str = "idms/revoked/";

/// A user by his name.
pub(crate) fn user(name: &str) -> String {
    format!("{USERS}{name}")
}

/// When a user of this name was taken out: seconds since 1970, after which somebody else of the same name has logged in at the earliest.
pub(crate) fn gone(name: &str) -> String {
    format!("idms/gone/{name}")
}

/// Who has this MC service ID: a user's name, or the key of a visitor.
pub(crate) fn id(id: &McServiceId) -> String {
    format!("idms/id/{}", id.as_str())
}

/// The visitor whom a partner's identity management server vouches for.
pub(crate) fn visitor(issuer: &str, primary: &McServiceId) -> String {
    format!("idms/visitor/{}/{}", mark(&[issuer]), primary.as_str())
}

/// What the own ACM server has said of a visitor.
pub(crate) fn admitted(issuer: &str, primary: &McServiceId) -> String {
    format!("idms/admitted/{}/{}", mark(&[issuer]), primary.as_str())
}

/// Of the key of a visitor, who he is in his primary MC system; none where it is no such key.
pub(crate) fn primary_of(visitor: &str) -> Option<&str> {
    visitor.strip_prefix("idms/visitor/")?.split_once('/').map(|(_, primary)| primary)
}

/// A log-in, from its code to the end of its last token.
pub(crate) fn log_in(sid: &str) -> String {
    format!("idms/log-in/{sid}")
}

/// An authorization code. What is kept tells nobody the code.
pub(crate) fn code(code: &str) -> String {
    format!("idms/code/{}", mark(&[code]))
}

/// A refresh token. What is kept tells nobody the token.
pub(crate) fn refresh(token: &str) -> String {
    format!("idms/refresh/{}", mark(&[token]))
}

/// An assertion that has been used.
pub(crate) fn assertion(issuer: &str, jti: &str) -> String {
    format!("idms/jti/{}", mark(&[issuer, jti]))
}

/// SHA-256 over these, with their lengths between them, in hexadecimal.
pub(crate) fn mark(parts: &[&str]) -> String {
    use std::fmt::Write as _;
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
