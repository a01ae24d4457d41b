//! The secrets of topology hiding: what is in them.

use std::fs;

use kit::config::Table;

use crate::config::SystemConfig;

/// Octets of which nobody knows anything: as many as the key has that is made of them.
const OCTETS: usize = 32;

/// Thirty-two that were drawn by chance, written in hexadecimal or as they are, have far more that are not alike.
const UNLIKE: usize = 8;

/// Whoever guesses a secret reads what was to be hidden. What is too short has been told of, and who may read it.
pub(super) fn check(root: &Table<'_>, config: &SystemConfig) {
    let Some(gateway) = &config.gateway else { return };
    root.again("gateway", |table| {
        let mut met: Vec<Vec<u8>> = Vec::new();
        for file in &gateway.hiding_secrets {
            let Ok(secret) = fs::read(file) else { continue };
            let warn = |why: &str| {
                table.warn_at_value("hiding-secrets", &format!("{}: {why}", file.display()));
            };
            if let Some(why) = weakness(&secret) {
                warn(&why);
            } else if met.contains(&secret) {
                warn("holds the same secret as one before it: nothing would change with the one");
            }
            met.push(secret);
        }
    });
}

fn weakness(secret: &[u8]) -> Option<String> {
    const WANTED: &str = "\"openssl rand -hex 32\" makes a secret";
    let text = secret.trim_ascii();
    if text.starts_with(b"-----BEGIN ") {
        return Some(format!("a PEM file, which has another use and other readers; {WANTED}"));
    }
    let mut unlike = text.to_vec();
    unlike.sort_unstable();
    unlike.dedup();
    if unlike.len() < UNLIKE {
        return Some(format!("has {} different octets alone, and can be guessed; {WANTED}", unlike.len()));
    }
    let octets = text.len() / 2;
    if text.iter().all(u8::is_ascii_hexdigit) && octets < OCTETS {
        return Some(format!("has {octets} octets in hexadecimal, of {OCTETS} that are wanted; {WANTED}"));
    }
    None
}
