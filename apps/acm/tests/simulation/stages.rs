//! Which changes a case may undergo, whoever makes them: once it has ended, and not by what only lay between the servers, it stays so.

use serde_json::Value;

const ENDS: [&str; 4] = ["answered", "refused", "expired", "withdrawn"];

/// What is wrong with a change of a case; none where it is none, or may be.
pub fn wrong(key: &[u8], before: Option<&[u8]>, after: &[u8]) -> Option<String> {
    let key = std::str::from_utf8(key).ok()?.strip_prefix("acm/case/")?;
    let before: Value = serde_json::from_slice(before?).ok()?;
    let after: Value = serde_json::from_slice(after).ok()?;
    let is_end = |case: &Value| ENDS.contains(&case["stage"].as_str().unwrap_or_default());
    let is_presumed = before["pre"].as_bool().unwrap_or_default();
    let (was, is) = (&before["stage"], &after["stage"]);
    if before["seq"] != after["seq"] || before["req"] != after["req"] {
        return Some(format!("{key} became another request"));
    }
    if is_end(&before) && !is_presumed && (was != is || before["resp"] != after["resp"]) {
        return Some(format!("{key} had ended as {was} and became {is}"));
    }
    let is_told = |case: &Value| case["told"].as_bool().unwrap_or_default();
    if is_told(&before) && !is_told(&after) && !is_presumed {
        return Some(format!("{key} is to be told again"));
    }
    let is_back = match was.as_str() {
        Some("decided") => !is_end(&after) && is != "decided",
        Some("stored") => !is_end(&after) && is != "stored",
        Some("forwarded") => is == "asked",
        _ => is_end(&before) && !is_end(&after),
    };
    is_back.then(|| format!("{key} went back from {was} to {is}"))
}

/// Whether this is a case that has ended on the way, for all that is known.
pub fn is_presumed(key: &[u8], value: &[u8]) -> bool {
    let is_case = key.starts_with(b"acm/case/");
    is_case && serde_json::from_slice(value).is_ok_and(|case: Value| case["pre"].as_bool() == Some(true))
}
