//! Keys that sign and prove no name.

use rcgen::{KeyPair, PKCS_ED25519};

use crate::Error;

/// A fresh Ed25519 key, PKCS #8 in PEM: for logs that their holder signs.
///
/// # Errors
/// When the system gives no random bytes.
pub fn signing_key() -> Result<String, Error> {
    Ok(KeyPair::generate_for(&PKCS_ED25519)?.serialize_pem())
}
