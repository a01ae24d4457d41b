//! `[[groups.issuer]]`: whose access tokens count.

use std::path::PathBuf;

use kit::{config::Table, tokens::Issuer};

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
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let name = table.required("name");
        let audience = table.or("audience", Vec::new());
        let file: Option<PathBuf> = table.required("keys");
        let jwks = match std::fs::read(file?) {
            Ok(jwks) => jwks,
            Err(why) => {
                table.error_at_value("keys", format!("\"keys\" cannot be read: {why}"));
                return None;
            }
        };
        let read = Self { name: name?, audience, jwks };
        if let Err(why) = read.issuer() {
            table.error_at_value("keys", format!("\"keys\" is of no use: {why}"));
        }
        Some(read)
    }

    /// The issuer as the kit knows it.
    ///
    /// # Errors
    /// With what is wrong with its keys.
    pub fn issuer(&self) -> Result<Issuer, String> {
        Issuer::new(&self.name, self.audience.clone(), &self.jwks)
    }
}
