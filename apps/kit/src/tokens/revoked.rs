//! What an issuer has revoked before its time: a list that is fetched with its keys.
//!
//! RFC 7009 lets a client revoke a token, and says nothing of how those learn of it who verify tokens by themselves. Here an
//! issuer publishes what it has revoked for as long as that would last:
//!
//! ```json
//! { "iss": "https://idms.a.example",
//!   "revoked": [ { "sub": "…", "before": 1790000000, "ids": ["…"], "locked": true }, { "sid": "…" }, { "jti": "…" } ] }
//! ```
//!
//! A token is revoked where its `jti` is named, its `sid` (whatever one log-in has given), or its `sub` and it was issued before
//! that second. Of a user the list may say which MC service IDs he has, each as its mark ([`mark_of`]): what was granted to him before
//! that second without a token of his counts no more either, and nothing is granted to him while he is locked.
//!
//! A long list comes in pages: where there is a `next`, the same URI is asked again with the query `after=` and that.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::Deserialize;
use xml_schemas::ids::McServiceId;

use super::{Marks, challenge};

/// More than what is revoked within the life of a token.
const MOST: usize = 1_000_000;

/// An MC service ID in the list, which anybody may fetch: its SHA-256, base64url.
#[must_use]
pub fn mark_of(id: &McServiceId) -> String {
    challenge(id.as_str())
}

/// What has been revoked.
#[derive(Default, PartialEq, Eq, Debug)]
pub(super) struct Revoked {
    tokens: HashSet<String>,
    log_ins: HashSet<String>,
    users: HashMap<String, u64>,
    /// By the marks of their MC service IDs.
    ids: HashMap<String, Lapsed>,
}

/// What does not count any more of a user.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Lapsed {
    /// Whatever was granted before this second.
    before: u64,
    /// Whether nothing is granted either.
    is_locked: bool,
}

#[derive(Deserialize)]
struct List {
    iss: String,
    revoked: Vec<Entry>,
    /// Where the next page begins, unless this is all.
    next: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    jti: Option<String>,
    sid: Option<String>,
    sub: Option<String>,
    before: Option<u64>,
    #[serde(default)]
    ids: Vec<String>,
    #[serde(default)]
    locked: bool,
}

/// What may stand in a query as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

impl Revoked {
    /// Reads the list of this issuer, where it is one page.
    #[cfg(test)]
    pub(super) fn read(issuer: &str, json: &[u8]) -> Result<Self, String> {
        let mut read = Self::default();
        read.take(issuer, json).map(|_| read)
    }

    /// Takes in a page of this issuer's list. What the next one is asked for with, unless this was the last.
    pub(super) fn take(&mut self, issuer: &str, json: &[u8]) -> Result<Option<String>, String> {
        let list: List =
            serde_json::from_slice(json).map_err(|why| format!("not a list of what is revoked: {why}"))?;
        if list.iss != issuer {
            return Err("a list of another issuer's".into());
        }
        let known = self.tokens.len() + self.log_ins.len() + self.users.len();
        if list.revoked.len() + known > MOST {
            return Err(format!("more than {MOST} are revoked"));
        }
        if list.next.as_ref().is_some_and(|next| list.revoked.is_empty() || !next.bytes().all(is_plain)) {
            return Err("a page that leads nowhere".into());
        }
        let read = self;
        for Entry { jti, sid, sub, before, ids, locked } in list.revoked {
            read.tokens.extend(jti);
            read.log_ins.extend(sid);
            let Some((user, before)) = sub.zip(before) else { continue };
            let known = read.users.entry(user).or_default();
            *known = before.max(*known);
            for id in ids {
                let known = read.ids.entry(id).or_default();
                *known = Lapsed { before: before.max(known.before), is_locked: locked || known.is_locked };
            }
        }
        Ok(list.next)
    }

    /// Whether something is revoked by it that was not by that one. What is only left out, since it has ended, revokes nothing.
    pub(super) fn says_more_than(&self, known: &Self) -> bool {
        let is_later = |user: &str, before: u64| known.users.get(user).is_none_or(|known| before > *known);
        let lapses = |id: &str, lapsed: &Lapsed| {
            let known = known.ids.get(id);
            known.is_none_or(|known| lapsed.before > known.before || (lapsed.is_locked && !known.is_locked))
        };
        !self.tokens.is_subset(&known.tokens)
            || !self.log_ins.is_subset(&known.log_ins)
            || self.users.iter().any(|(user, before)| is_later(user, *before))
            || self.ids.iter().any(|(id, lapsed)| lapses(id, lapsed))
    }

    /// Whether it says of any user which MC service IDs he has.
    pub(super) fn names_users(&self) -> bool {
        !self.ids.is_empty()
    }

    /// The marks of the MC service IDs of those users.
    pub(super) fn named_users(&self) -> impl Iterator<Item = &String> {
        self.ids.keys()
    }

    /// Whether what was granted to this user at that second counts no more: of who is locked nothing does, whatever the clocks of
    /// who granted it and of who has locked him say.
    pub(super) fn has_lapsed(&self, mark: &str, granted: u64) -> bool {
        self.ids.get(mark).is_some_and(|lapsed| lapsed.is_locked || granted < lapsed.before)
    }

    /// Whether nothing is granted to this user.
    pub(super) fn locks(&self, mark: &str) -> bool {
        self.ids.get(mark).is_some_and(|lapsed| lapsed.is_locked)
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
