//! By which keys the store holds what the server knows beside its documents.

use xcap::Target;

/// Before every key of the server.
pub const PREFIX: &str = "cms/";

/// Before the keys of user profiles whose group entries have yet to name the group management server.
pub const TO_NAME: &str = "cms/todo/name/";

/// The rule by which a replica has looked at all profiles.
#[must_use]
pub fn rule(replica: &str) -> String {
    format!("cms/group-server/{replica}")
}

/// The mark of one profile. It ends in the document's selector, and holds the rule that asks for the change.
#[must_use]
pub fn to_name(target: &Target) -> String {
    format!("{TO_NAME}{}", target.selector())
}

/// The selector of a mark.
#[must_use]
pub fn marked(key: &[u8]) -> Option<&str> {
    std::str::from_utf8(key).ok()?.strip_prefix(TO_NAME)
}
