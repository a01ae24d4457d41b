//! What an issuer has revoked before its time: a list that is fetched with its keys.
//!
//! RFC 7009 lets a client revoke a token, and says nothing of how those learn of it who verify tokens by themselves. Here an
//! issuer publishes what it has revoked for as long as that would last:
//!
//! ```json
//! { "iss": "https://idms.a.example",
//!   "revoked": [ { "jti": "…" }, { "sid": "…" }, { "sub": "…", "before": 1790000000 } ] }
//! ```
//!
//! A token is revoked where its `jti` is named, its `sid` (whatever one log-in has given), or its `sub` and it was issued before
//! that second.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::Deserialize;

use super::Marks;

/// More than what is revoked within the life of a token.
const MOST: usize = 100_000;

/// What has been revoked.
#[derive(Default, PartialEq, Eq, Debug)]
pub(super) struct Revoked {
    tokens: HashSet<String>,
    log_ins: HashSet<String>,
    users: HashMap<String, u64>,
}

#[derive(Deserialize)]
struct List {
    iss: String,
    revoked: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    jti: Option<String>,
    sid: Option<String>,
    sub: Option<String>,
    before: Option<u64>,
}

impl Revoked {
    /// Reads the list of this issuer.
    pub(super) fn read(issuer: &str, json: &[u8]) -> Result<Self, String> {
        let list: List =
            serde_json::from_slice(json).map_err(|why| format!("not a list of what is revoked: {why}"))?;
        if list.iss != issuer {
            return Err("a list of another issuer's".into());
        }
        if list.revoked.len() > MOST {
            return Err(format!("more than {MOST} are revoked"));
        }
        let mut read = Self::default();
        for Entry { jti, sid, sub, before } in list.revoked {
            read.tokens.extend(jti);
            read.log_ins.extend(sid);
            if let Some((user, before)) = sub.zip(before) {
                let known = read.users.entry(user).or_default();
                *known = before.max(*known);
            }
        }
        Ok(read)
    }

    /// Whether it names a token with these marks.
    pub(super) fn names(&self, marks: &Marks) -> bool {
        let has = |set: &HashSet<String>, mark: &Option<Arc<str>>| {
            !set.is_empty() && mark.as_deref().is_some_and(|mark| set.contains(mark))
        };
        let before = |user: &Arc<str>| self.users.get(&**user).copied();
        has(&self.tokens, &marks.token)
            || has(&self.log_ins, &marks.log_in)
            || marks.user.as_ref().and_then(before).is_some_and(|before| marks.issued < before)
    }
}

#[cfg(test)]
mod tests;
