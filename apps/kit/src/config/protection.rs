//! `protection` of a partner: whether bodies to it are signed and encrypted, whether its own must be, and the keys.
//!
//! ```toml
//! [locations.partner.protection]
//! send = "sign-and-encrypt"
//! required = true
//! encrypted = true              # beside that: nothing comes in the clear that no gateway reads
//! keys = [{ id = "30000002", file = "partner-2.spk" }, { id = "30000001", file = "partner-1.spk" }]
//! ```

use std::{collections::HashSet, path::PathBuf};

use protection::{Key, KeyId};

use super::{Named, Raw, Table, Value};
use crate::carriage::{Protection, Sending};

impl Named for Sending {
    const NAMES: &'static [(&'static str, Self)] =
        &[("off", Self::Off), ("sign", Self::Sign), ("sign-and-encrypt", Self::SignAndEncrypt)];
}

/// Eight hexadecimal digits.
impl Value for KeyId {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let id = raw.as_str().and_then(Self::parse);
        id.or_else(|| raw.expected("an identifier of a key, such as \"30000001\""))
    }
}

impl Protection {
    /// Reads `protection` of a partner's table; none where it is absent. Of its keys the first signs and encrypts; all verify
    /// and decrypt. Each file holds one secret, in hexadecimal digits, and is its owner's alone.
    #[must_use]
    pub fn read(table: &Table<'_>) -> Option<Self> {
        table.table("protection", |each| {
            let sending = each.or("send", Sending::Sign);
            let required = each.or("required", true);
            let encrypted = each.or("encrypted", false);
            if encrypted && !required {
                each.error_at_value(
                    "encrypted",
                    "what has to come encrypted has to come signed: \"required\" is false",
                );
            }
            let mut ids = HashSet::new();
            let keys = each.tables("keys", |each| {
                let key = key(each)?;
                if !ids.insert(key.id()) {
                    each.error_at_value("id", "another key has this identifier");
                }
                Some(key)
            });
            if !each.has("keys") {
                each.error("\"protection\" needs \"keys\": nothing can be signed or verified without");
            }
            let mut keys = keys.into_iter();
            Some(Self::new(sending, required, keys.next()?, keys).confidential(encrypted))
        })
    }
}

fn key(table: &Table<'_>) -> Option<Key> {
    let id = table.required::<KeyId>("id");
    let file = table.required::<PathBuf>("file");
    let user = table.or("user", String::new());
    let (id, file) = (id?, file?);
    table.is_private("file", &file);
    let secret = std::fs::read_to_string(&file).ok().and_then(|text| octets(text.trim()));
    let Some(secret) = secret else {
        table.error_at_value("file", "\"file\" must name a file that holds a secret in hexadecimal digits");
        return None;
    };
    match Key::new(id, &secret, &user) {
        Ok(key) => Some(key),
        Err(bad) => {
            table.error_at_value("file", bad.to_string());
            None
        }
    }
}

fn octets(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests;
