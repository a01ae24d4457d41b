//! `[[….issuer]]`: whose access tokens count, as the operator of an entity says.
//!
//! ```toml
//! [[groups.issuer]]
//! name = "https://idms.a.example"      # `iss` in its tokens
//! audience = ["mcx"]                   # one of these in `aud`
//! domains = ["a.example"]              # for whose users it speaks; those of the entity's own system where it is left out
//! scopes = "required"                  # or "as-named"
//! jwks = "idms.jwks.json"              # its JSON Web Key Set (RFC 7517), or:
//!
//! jwks-uri = "https://idms.a.example/jwks"      # where the set is fetched
//! revoked-uri = "https://idms.a.example/revoked"
//! server = { name = "idms.a.example", address = "10.0.0.9:443", transport = "tls", tls = "inner" }
//! ```

use std::{path::PathBuf, time::Duration};

use super::{Issuer, Part, Scopes, Tokens, follow::Remote};
use crate::config::{HopConfig, Table, TlsProfiles};

pub use super::follow::RemoteConfig;

/// An identity management server, as configured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuerConfig {
    /// The value of `iss` in its tokens.
    pub name: String,
    /// One of these must be in `aud`.
    pub audience: Vec<String>,
    /// For whose users it speaks, by their domains; for anybody where the list is empty.
    pub domains: Vec<String>,
    /// What is asked of the scopes of its tokens.
    pub scopes: Scopes,
    /// Whence its keys are.
    pub keys: KeySource,
}

/// Whence an issuer's keys are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// A JSON Web Key Set (RFC 7517) that stays.
    Given(Vec<u8>),
    /// One that is fetched.
    Fetched(RemoteConfig),
}

impl IssuerConfig {
    /// An issuer with these keys for good.
    #[must_use]
    pub fn of_set(name: impl Into<String>, audience: Vec<String>, jwks: impl Into<Vec<u8>>) -> Self {
        Self::with(name.into(), audience, KeySource::Given(jwks.into()))
    }

    fn with(name: String, audience: Vec<String>, keys: KeySource) -> Self {
        Self { name, audience, domains: Vec::new(), scopes: Scopes::default(), keys }
    }

    /// Reads every `[[….issuer]]` of an entity's table, each of which speaks for users of the domains that it names, or else of the
    /// own ones. Every mistake is reported at its place.
    pub fn read_all(table: &Table<'_>, profiles: &TlsProfiles, own: &[String]) -> Vec<Self> {
        let mut named = Vec::new();
        table.tables("issuer", |each| {
            let audience: Vec<String> = each.required("audience").unwrap_or_default();
            if each.has("audience") && audience.is_empty() {
                // An ID token of the same issuer names the client in `aud`, and is no access token.
                each.error_at_value("audience", "\"audience\" must name what access tokens have in `aud`");
            }
            let domains: Option<Vec<String>> = each.optional("domains");
            let scopes = each.or("scopes", Scopes::default());
            let read = Self::read(each, audience, profiles)?;
            if named.contains(&read.name) {
                let name = &read.name;
                let why =
                    format!("another issuer is named \"{name}\" too: the keys of both count for its tokens");
                each.warn_at_value("name", &why);
            }
            named.push(read.name.clone());
            Some(Self { domains: domains.unwrap_or_else(|| own.to_vec()), scopes, ..read })
        })
    }

    /// Reads whence the keys of one issuer are, of a table that may have keys of its owner's beside these.
    pub fn read(table: &Table<'_>, audience: Vec<String>, profiles: &TlsProfiles) -> Option<Self> {
        let name = table.required("name");
        let (file, remote) = (given(table), fetched(table, profiles));
        if table.has("jwks") == table.has("jwks-uri") {
            table.error("an issuer needs either \"jwks\", a file with its keys, or \"jwks-uri\", where they are fetched");
        }
        let read = Self::with(name?, audience, file.or(remote)?);
        if let Err(why) = read.issuer() {
            table.error_at_value("jwks", format!("\"jwks\" is of no use: {why}"));
        }
        Some(read)
    }

    /// The issuer, with the keys that can verify, or with none until they have been fetched.
    ///
    /// # Errors
    /// With what is wrong with its keys.
    pub fn issuer(&self) -> Result<Issuer, String> {
        let issuer = match &self.keys {
            KeySource::Given(jwks) => Issuer::new(&self.name, self.audience.clone(), jwks)?,
            KeySource::Fetched(remote) => {
                Issuer::fetched(self.name.clone(), self.audience.clone(), Remote::new(remote.clone()))
            }
        };
        Ok(issuer.of_domains(&self.domains).wanting(self.scopes))
    }
}

fn given(table: &Table<'_>) -> Option<KeySource> {
    let file: PathBuf = table.optional("jwks")?;
    match std::fs::read(file) {
        Ok(jwks) => {
            if holds_private_keys(&jwks) {
                table.warn_at_value(
                    "jwks",
                    "\"jwks\" holds a private key: whoever reads the file signs tokens that count",
                );
            }
            Some(KeySource::Given(jwks))
        }
        Err(why) => {
            table.error_at_value("jwks", format!("\"jwks\" cannot be read: {why}"));
            None
        }
    }
}

/// RFC 7518 6.2.2, 6.3.2 and 6.4: what a key has that is not for everybody.
fn holds_private_keys(jwks: &[u8]) -> bool {
    let set: serde_json::Value = serde_json::from_slice(jwks).unwrap_or_default();
    let keys = set.get("keys").and_then(serde_json::Value::as_array);
    keys.is_some_and(|keys| keys.iter().any(|key| ["d", "k"].iter().any(|member| key.get(member).is_some())))
}

fn fetched(table: &Table<'_>, profiles: &TlsProfiles) -> Option<KeySource> {
    let jwks = uri(table, "jwks-uri");
    let revoked = uri(table, "revoked-uri");
    let server = table.table("server", |server| HopConfig::read(server, profiles));
    let every = table.or("fetch-every", Duration::from_secs(15));
    let keep = table.or("keep-keys", Duration::from_secs(86_400));
    if every < Duration::from_secs(1) || every > Duration::from_secs(3_600) {
        table.error_at_value("fetch-every", "\"fetch-every\" must be between 1s and 1h");
    }
    if !table.has("jwks-uri") {
        for key in ["revoked-uri", "server", "fetch-every", "keep-keys"] {
            if table.has(key) {
                table.error_at(key, format!("\"{key}\" goes with \"jwks-uri\""));
            }
        }
        return None;
    }
    if !table.has("server") {
        table.error_at("jwks-uri", "keys that are fetched need \"server\", the hop to who has them");
    }
    Some(KeySource::Fetched(RemoteConfig { jwks: jwks?, revoked, server: server?, every, keep }))
}

fn uri(table: &Table<'_>, key: &'static str) -> Option<String> {
    let text: String = table.optional(key)?;
    let parsed = text.parse::<http::Uri>().ok();
    if !parsed
        .is_some_and(|uri| matches!(uri.scheme_str(), Some("https" | "http")) && uri.authority().is_some())
    {
        table.error_at_value(key, format!("\"{key}\" must be an absolute https URI, not \"{text}\""));
        return None;
    }
    Some(text)
}

impl Tokens {
    /// Tokens of these issuers count, whatever their scopes.
    ///
    /// # Errors
    /// With what is wrong with an issuer's keys.
    pub fn configured(issuers: &[IssuerConfig]) -> Result<Self, String> {
        issuers.iter().map(IssuerConfig::issuer).collect::<Result<_, _>>().map(Self::new)
    }

    /// Of these issuers' tokens those count that are for such a server, by their scopes (TS 33.180 B.4.2.2).
    ///
    /// # Errors
    /// As [`Tokens::configured`].
    pub fn configured_for(part: Part, issuers: &[IssuerConfig]) -> Result<Self, String> {
        let issuers = issuers.iter().map(IssuerConfig::issuer).collect::<Result<_, _>>()?;
        Ok(Self::of_part(issuers, part))
    }

    /// Whether no issuer is known, so that no token counts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.issuers.is_empty()
    }
}

#[cfg(test)]
mod tests;
