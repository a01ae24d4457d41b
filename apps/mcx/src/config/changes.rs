//! What has changed between two readings of a file, and what of that takes hold while the process runs.

use std::fmt;

use toml::{Table, Value};

/// What is taken up without a restart: a section and its key; no key stands for the whole section.
const LIVE: [(&str, Option<&str>); 35] = [
    ("tls", None),
    ("gateway", Some("partner")),
    ("sip-core", Some("users")),
    ("locations", Some("border")),
    ("locations", Some("gateway")),
    ("locations", Some("partner")),
    ("locations", Some("ask")),
    ("locations", Some("tell")),
    ("locations", Some("user")),
    ("service", Some("user")),
    ("service", Some("migration")),
    ("groups", Some("partner")),
    ("groups", Some("user")),
    ("groups", Some("administrators")),
    ("groups", Some("creators")),
    ("groups", Some("issuer")),
    ("configuration", Some("user")),
    ("configuration", Some("administrators")),
    ("configuration", Some("group-server")),
    ("configuration", Some("issuer")),
    ("identity", Some("user")),
    ("identity", Some("client")),
    ("acm", Some("user")),
    ("acm", Some("allow")),
    ("acm", Some("partner")),
    ("acm", Some("border")),
    ("acm", Some("gateway")),
    ("acm", Some("interconnection-groups")),
    ("acm", Some("limits")),
    ("acm", Some("longest-wait")),
    ("acm", Some("carry-out-within")),
    ("acm", Some("tell-unauthorized")),
    ("acm", Some("alias-choice")),
    ("aliases", Some("alias")),
    ("aliases", Some("user")),
];

/// What of this comes and goes at a start only: an entity works otherwise with it.
const WHOLE: [(&str, &str); 1] = [("service", "migration")];

/// A file as it was written. It may hold passwords, and shows nothing.
#[derive(Clone, Default, PartialEq)]
pub struct Text(Table);

/// A key whose value is another than when the process started, and which is read at a start only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    /// The section, such as `gateway` or `client`.
    pub section: String,
    /// The key in it.
    pub key: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" in [{}]", self.key, self.section)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").finish_non_exhaustive()
    }
}

impl Text {
    /// A text that is no TOML is reported by whoever reads it; here it is empty.
    pub(super) fn of(text: &str) -> Self {
        Self(text.parse().unwrap_or_default())
    }

    /// What differs in a newer text and waits for the next start, each key once.
    #[must_use]
    pub fn waiting(&self, newer: &Self) -> Vec<Change> {
        let mut sections: Vec<&String> = self.0.keys().chain(newer.0.keys()).collect();
        sections.sort();
        sections.dedup();
        sections
            .into_iter()
            .flat_map(|section| waiting(section, self.0.get(section), newer.0.get(section)))
            .collect()
    }
}

fn waiting(section: &str, old: Option<&Value>, new: Option<&Value>) -> Vec<Change> {
    if LIVE.contains(&(section, None)) {
        return Vec::new();
    }
    let keys = |value: Option<&Value>| -> Vec<String> {
        value.and_then(Value::as_table).into_iter().flat_map(Table::keys).cloned().collect()
    };
    let mut all = [keys(old), keys(new)].concat();
    all.sort();
    all.dedup();
    let of = |value: Option<&Value>, key: &str| value.and_then(|value| value.get(key)).cloned();
    let is_live = |key: &str| {
        let is_there = |value: Option<&Value>| of(value, key).is_some();
        let is_whole = WHOLE.contains(&(section, key)) && is_there(old) != is_there(new);
        LIVE.contains(&(section, Some(key))) && !is_whole
    };
    all.retain(|key| !is_live(key) && of(old, key) != of(new, key));
    all.into_iter().map(|key| Change { section: section.to_owned(), key }).collect()
}

#[cfg(test)]
mod tests;
