//! Which changes a case may undergo, whoever makes them: once it has ended, and not by what only lay between the servers, it stays so.

use serde_json::Value;

const ENDS: [&str; 4] = ["answered", "refused", "expired", "withdrawn"];

/// A case as a commit leaves it, and as it was, if it was there.
pub struct Step<'k> {
    /// Of the case, without what all cases' keys begin with.
    key: &'k str,
    before: Option<Value>,
    after: Value,
}

impl<'k> Step<'k> {
    /// None where this is no case.
    pub fn read(key: &'k [u8], before: Option<&[u8]>, after: &[u8]) -> Option<Self> {
        let key = std::str::from_utf8(key).ok()?.strip_prefix("acm/case/")?;
        let before = before.and_then(|before| serde_json::from_slice(before).ok());
        Some(Self { key, before, after: serde_json::from_slice(after).ok()? })
    }

    /// What is wrong with it, if anything is.
    pub fn wrong(&self) -> Option<String> {
        let (key, before, after) = (self.key, self.before.as_ref()?, &self.after);
        let (was, is) = (&before["stage"], &after["stage"]);
        if before["seq"] != after["seq"] || before["req"] != after["req"] {
            return Some(format!("{key} became another request"));
        }
        if is_end(before) && !is_presumed(before) && (was != is || before["resp"] != after["resp"]) {
            return Some(format!("{key} had ended as {was} and became {is}"));
        }
        if is_told(before) && !is_told(after) && !is_presumed(before) {
            return Some(format!("{key} is to be told again"));
        }
        let is_back = match was.as_str() {
            Some("decided") => !is_end(after) && is != "decided",
            Some("stored") => !is_end(after) && is != "stored",
            Some("forwarded") => is == "asked",
            _ => is_end(before) && !is_end(after),
        };
        is_back.then(|| format!("{key} went back from {was} to {is}"))
    }

    /// Whether something happens that has to stand in the audit log. That the partner's server has taken a request its own log says.
    pub fn is_act(&self) -> bool {
        let (before, after) = (self.before.as_ref(), &self.after);
        let is_moved = before.is_none_or(|before| before["stage"] != after["stage"]);
        (is_moved && after["stage"] != "forwarded") || (is_told(after) && !before.is_some_and(is_told))
    }

    /// Whether so much has been done of it as will ever be, after somebody had said yes.
    pub fn is_done(&self) -> bool {
        let was_decided = self.before.as_ref().is_some_and(|before| before["stage"] == "decided");
        self.key.starts_with("i/") && was_decided && is_end(&self.after)
    }

    /// Whether it has ended on the way, for all that is known.
    pub fn is_presumed(&self) -> bool {
        is_presumed(&self.after)
    }

    /// The request's name.
    pub fn request(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }

    /// What has become of it.
    pub fn told(&self) -> String {
        format!("{} became {}, told {}", self.key, self.after["stage"], is_told(&self.after))
    }
}

fn is_end(case: &Value) -> bool {
    ENDS.contains(&case["stage"].as_str().unwrap_or_default())
}

fn is_presumed(case: &Value) -> bool {
    case["pre"].as_bool().unwrap_or_default()
}

fn is_told(case: &Value) -> bool {
    case["told"].as_bool().unwrap_or_default()
}
