//! What has been revoked before its time: for as long as it would have lasted. RFC 7009; how servers learn of it is ours
//! (kit's `tokens/revoked.rs`).

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use kit::tokens::mark_of;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Batch, Fault, Store};
use xml_schemas::ids::McServiceId;

use crate::{
    keys::{self, REVOKED},
    users::User,
};

/// No access token lasts longer, with what clocks may be apart.
pub(crate) const LONGEST: Duration = Duration::from_secs(86_400 + 300);

/// How many entries a page of the list has.
const PAGE: usize = 16_384;

/// What there is, in the order in which it is told: users first.
const KINDS: [&str; 3] = ["sub", "sid", "jti"];

/// How old the list may be that is told: it is anyone's to ask for.
const FRESH: Duration = Duration::from_secs(1);

/// As whom tokens name a user of the store or of the configuration (`sub`): the same for good, and not his name.
pub(crate) fn subject_of_user(name: &str) -> String {
    keys::mark(&["user", name])
}

/// As whom tokens name a visitor.
pub(crate) fn subject_of_visitor(issuer: &str, primary: &str) -> String {
    keys::mark(&["visitor", issuer, primary])
}

/// Revokes one token.
pub(crate) fn token(batch: Batch, jti: &str, until: SystemTime) -> Batch {
    batch.put_until(format!("{REVOKED}jti/{jti}"), Bytes::new(), until)
}

/// Revokes whatever one log-in has given.
pub(crate) fn log_in(batch: Batch, sid: &str, until: SystemTime) -> Batch {
    batch.delete(keys::log_in(sid)).put_until(format!("{REVOKED}sid/{sid}"), Bytes::new(), until)
}

/// Revokes whatever was issued to a user before this second, and says which MC service IDs he has and whether he is locked, so that
/// what was granted to him without a token of his ends too. `until`: how long it is told; whoever is locked is told to be for as long as
/// he is.
pub(crate) fn user(
    batch: Batch,
    subject: &str,
    (user, before): (&User, u64),
    until: Option<SystemTime>,
) -> Batch {
    let ids = user.ids.all().map(mark_of).collect();
    whoever(batch, subject, Kept { before, ids, is_locked: user.locked }, until)
}

/// Revokes whatever was issued to a visitor before this second, whom other servers know by this ID where he has one.
pub(crate) fn visitor(
    batch: Batch,
    subject: &str,
    (id, before): (Option<&McServiceId>, u64),
    until: SystemTime,
) -> Batch {
    let kept = Kept { before, ids: id.map(mark_of).into_iter().collect(), is_locked: false };
    whoever(batch, subject, kept, Some(until))
}

fn whoever(batch: Batch, subject: &str, kept: Kept, until: Option<SystemTime>) -> Batch {
    let before = kept.before;
    // A record that holds no more than a number says when: one that a former version has kept.
    let kept = serde_json::to_vec(&kept).unwrap_or_else(|_| before.to_string().into_bytes());
    let key = format!("{REVOKED}sub/{subject}");
    match until {
        Some(until) => batch.put_until(key, kept, until),
        None => batch.put(key, kept),
    }
}

/// Whether it is told of this user that he is locked.
pub(crate) async fn is_locked(store: &dyn Store, subject: &str) -> Result<bool, Fault> {
    let record = store.get(format!("{REVOKED}sub/{subject}").as_bytes()).await?;
    Ok(record.and_then(|record| of_user(&record.value)).is_some_and(|kept| kept.is_locked))
}

/// What is kept of a user whose tokens are revoked.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    before: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
    #[serde(rename = "locked", default, skip_serializing_if = "std::ops::Not::not")]
    is_locked: bool,
}

/// Whether a token that claims this has been revoked.
pub(crate) async fn is(store: &dyn Store, claims: &Value) -> Result<bool, Fault> {
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    for kind in ["jti", "sid"] {
        if let Some(mark) = claim(kind)
            && store.get(format!("{REVOKED}{kind}/{mark}").as_bytes()).await?.is_some()
        {
            return Ok(true);
        }
    }
    let Some(subject) = claim("sub") else { return Ok(false) };
    let Some(record) = store.get(format!("{REVOKED}sub/{subject}").as_bytes()).await? else {
        return Ok(false);
    };
    let issued = claims.get("iat").and_then(Value::as_u64).unwrap_or_default();
    Ok(of_user(&record.value).is_none_or(|kept| issued < kept.before))
}

fn of_user(value: &[u8]) -> Option<Kept> {
    let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
    let alone = number.map(|before| Kept { before, ..Kept::default() });
    alone.or_else(|| serde_json::from_slice(value).ok())
}

/// The list that servers fetch, page by page; its beginning, which is anyone's to ask for, is kept for a moment.
#[derive(Default, Debug)]
pub(crate) struct List(Mutex<Option<(Instant, Bytes)>>);

impl List {
    /// The page that the query asks for (`after`, what the last one called `next`), or the first.
    pub(crate) async fn told(
        &self,
        (store, issuer): (&dyn Store, &str),
        query: Option<&str>,
        now: Instant,
    ) -> Result<Bytes, Fault> {
        if let Some(after) = query.and_then(|query| query.strip_prefix("after=")) {
            return page(store, issuer, after.split_once('.')).await;
        }
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |at: &Instant| now.saturating_duration_since(*at) < FRESH;
        if let Some((_, told)) = known().as_ref().filter(|(at, _)| fresh(at)) {
            return Ok(told.clone());
        }
        let told = page(store, issuer, None).await?;
        *known() = Some((now, told.clone()));
        Ok(told)
    }
}

/// So many entries behind that one, and where they end unless it is all: nothing is left out, for what is not told is not revoked.
async fn page(store: &dyn Store, issuer: &str, after: Option<(&str, &str)>) -> Result<Bytes, Fault> {
    let begun = after.and_then(|(kind, _)| KINDS.iter().position(|each| *each == kind)).unwrap_or_default();
    let mut told: Vec<Value> = Vec::new();
    let mut next = None;
    for kind in KINDS.iter().skip(begun) {
        let prefix = format!("{REVOKED}{kind}/");
        let behind = after.filter(|(of, _)| of == kind).map(|(_, mark)| format!("{prefix}{mark}"));
        let room = PAGE.saturating_sub(told.len());
        if room == 0 {
            break;
        }
        let entries = store.scan(prefix.as_bytes(), behind.as_deref().map(str::as_bytes), room).await?;
        told.extend(entries.iter().filter_map(|entry| one(&entry.key, &entry.record.value)));
        if let Some(last) = entries.last().filter(|_| entries.len() == room) {
            let mark = last.key.strip_prefix(prefix.as_bytes()).unwrap_or_default();
            next = Some(format!("{kind}.{}", String::from_utf8_lossy(mark)));
            break;
        }
    }
    let mut list = json!({ "iss": issuer, "revoked": told });
    if let Some(next) = next {
        list["next"] = json!(next);
    }
    Ok(Bytes::from(list.to_string()))
}

fn one(key: &[u8], value: &[u8]) -> Option<Value> {
    let (kind, mark) = std::str::from_utf8(key).ok()?.strip_prefix(REVOKED)?.split_once('/')?;
    match kind {
        "sub" => {
            let Kept { before, ids, is_locked } = of_user(value)?;
            Some(json!({ "sub": mark, "before": before, "ids": ids, "locked": is_locked }))
        }
        "jti" => Some(json!({ "jti": mark })),
        _ => Some(json!({ "sid": mark })),
    }
}

/// Seconds since 1970, as tokens tell time.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
