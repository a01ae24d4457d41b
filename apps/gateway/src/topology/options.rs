//! Option tags across the border (RFC 3261 19.2, 20.32, 20.37): what ends may ask of each other leaves, what describes the
//! equipment in between does not.

use sip::{Edits, Message, Name};

use super::Value;

/// Extensions between the ends of a request that crosses: of requests and replies (RFC 3262, 4028), of what contacts can do
/// (RFC 3840), of events and lists (RFC 4662, 5367, 5365, 5366), of subscriptions that follow from others (RFC 4488, 7614),
/// of dialogs (RFC 3891, 4538, 4916).
pub(crate) const KNOWN: [&str; 14] = [
    "100rel",
    "timer",
    "pref",
    "eventlist",
    "recipient-list-subscribe",
    "recipient-list-message",
    "recipient-list-invite",
    "multiple-refer",
    "norefersub",
    "nosub",
    "explicitsub",
    "replaces",
    "tdialog",
    "from-change",
];

/// Leaves in a field only the tags that are known, and no field where there is none. Whether anything was left out.
pub(super) fn keep_known(message: &Message, field: Name, edits: &mut Edits) -> bool {
    if proxy::validate::unsupported(message, field, &KNOWN).next().is_none() {
        return false;
    }
    let mut kept = Value::new();
    let known = |tag: &&[u8]| KNOWN.iter().any(|known| tag.eq_ignore_ascii_case(known.as_bytes()));
    for tag in message.values(field).filter(known) {
        if !kept.is_empty() {
            kept.extend_from_slice(b", ");
        }
        kept.extend_from_slice(tag);
    }
    if kept.is_empty() {
        edits.remove(field)
    } else {
        edits.set(field, &kept)
    };
    true
}
