//! What has been revoked before its time: for as long as it would have lasted. RFC 7009; how servers learn of it is ours
//! (kit's `tokens/revoked.rs`).

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use serde_json::{Value, json};
use store::{Batch, Fault, Store};

use crate::keys::{self, REVOKED};

/// No access token lasts longer, with what clocks may be apart.
pub(crate) const LONGEST: Duration = Duration::from_secs(86_400 + 300);

/// More than is revoked within the life of a token. What is beyond is not told.
const TOLD: usize = 100_000;

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

/// Revokes whatever was issued to a user before this second.
pub(crate) fn user(batch: Batch, subject: &str, before: u64, until: SystemTime) -> Batch {
    batch.put_until(format!("{REVOKED}sub/{subject}"), before.to_string(), until)
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
    Ok(before(&record.value).is_none_or(|before| issued < before))
}

fn before(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// The list that servers fetch.
#[derive(Default, Debug)]
pub(crate) struct List(Mutex<Option<(Instant, Bytes)>>);

impl List {
    pub(crate) async fn told(&self, store: &dyn Store, issuer: &str, now: Instant) -> Result<Bytes, Fault> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |at: &Instant| now.saturating_duration_since(*at) < FRESH;
        if let Some((_, told)) = known().as_ref().filter(|(at, _)| fresh(at)) {
            return Ok(told.clone());
        }
        let entries = store.scan(REVOKED.as_bytes(), None, TOLD).await?;
        let revoked: Vec<Value> =
            entries.iter().filter_map(|entry| one(&entry.key, &entry.record.value)).collect();
        let told = Bytes::from(json!({ "iss": issuer, "revoked": revoked }).to_string());
        *known() = Some((now, told.clone()));
        Ok(told)
    }
}

fn one(key: &[u8], value: &[u8]) -> Option<Value> {
    let (kind, mark) = std::str::from_utf8(key).ok()?.strip_prefix(REVOKED)?.split_once('/')?;
    match kind {
        "sub" => Some(json!({ "sub": mark, "before": before(value)? })),
        "jti" => Some(json!({ "jti": mark })),
        _ => Some(json!({ "sid": mark })),
    }
}

/// Seconds since 1970, as tokens tell time.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}
