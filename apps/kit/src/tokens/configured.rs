//! `[[….issuer]]`: whose access tokens count, as the operator of an entity says.
//!
//! ```toml
//! [[groups.issuer]]
//! name = "https://idms.a.example"      # `iss` in its tokens
//! audience = ["mcx"]                   # one of these in `aud`; whatever stands there where it is left out
//! jwks = "idms.jwks.json"              # its JSON Web Key Set (RFC 7517)
//! ```

use std::path::PathBuf;

use super::{Issuer, Tokens};
use crate::config::Table;

/// An identity management server, as configured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuerConfig {
    /// The value of `iss` in its tokens.
    pub name: String,
    /// One of these must be in `aud`; whatever stands there is taken where the list is empty.
    pub audience: Vec<String>,
    /// Its JSON Web Key Set (RFC 7517).
    pub jwks: Vec<u8>,
}

impl IssuerConfig {
    /// Reads every `[[….issuer]]` of an entity's table. Every mistake is reported at its place.
    pub fn read_all(table: &Table<'_>) -> Vec<Self> {
        table.tables("issuer", Self::read)
    }

    fn read(table: &Table<'_>) -> Option<Self> {
        let name = table.required("name");
        let audience = table.or("audience", Vec::new());
        let file: Option<PathBuf> = table.required("jwks");
        let jwks = match std::fs::read(file?) {
            Ok(jwks) => jwks,
            Err(why) => {
                table.error_at_value("jwks", format!("\"jwks\" cannot be read: {why}"));
                return None;
            }
        };
        let read = Self { name: name?, audience, jwks };
        if let Err(why) = read.issuer() {
            table.error_at_value("jwks", format!("\"jwks\" is of no use: {why}"));
        }
        Some(read)
    }

    /// The issuer, with the keys that can verify.
    ///
    /// # Errors
    /// With what is wrong with its keys.
    pub fn issuer(&self) -> Result<Issuer, String> {
        Issuer::new(&self.name, self.audience.clone(), &self.jwks)
    }
}

impl Tokens {
    /// Tokens of these issuers count.
    ///
    /// # Errors
    /// With what is wrong with an issuer's keys.
    pub fn configured(issuers: &[IssuerConfig]) -> Result<Self, String> {
        issuers.iter().map(IssuerConfig::issuer).collect::<Result<_, _>>().map(Self::new)
    }

    /// Whether no issuer is known, so that no token counts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }
}

#[cfg(test)]
mod tests;
