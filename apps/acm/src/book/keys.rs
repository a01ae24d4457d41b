//! Where everything is kept.

use crate::case::{CaseKey, Seq};

const CASES: &str = "acm/case/";
pub(crate) const LETTERS: &str = "acm/letter/";
pub(crate) const WORK: &str = "acm/work/";
pub(crate) const DUE: &str = "acm/due/";
const WAITING: &str = "acm/wait/";
const ROLES: &str = "acm/role/";
const LISTED: &str = "acm/by/";
pub(crate) const LOGGED_ON: &str = "acm/on/";

pub(crate) fn case(key: &CaseKey) -> String {
    format!("{CASES}{}", key.text())
}

pub(crate) fn letter(seq: Seq) -> String {
    format!("{LETTERS}{seq}")
}

pub(crate) fn work(key: &CaseKey) -> String {
    format!("{WORK}{}", key.text())
}

pub(crate) fn due(at: u64, key: &CaseKey) -> String {
    format!("{DUE}{at:016x}/{}", key.text())
}

/// What a key of [`DUE`] says after the prefix.
pub(crate) fn read_due(tail: &str) -> Option<(u64, CaseKey)> {
    let (at, key) = tail.split_once('/')?;
    Some((u64::from_str_radix(at, 16).ok()?, CaseKey::read(key)?))
}

/// All that waits for a user.
pub(crate) fn waiting(user: &str) -> String {
    format!("{WAITING}{user}/")
}

/// What his client has not been told yet.
pub(crate) fn untold(user: &str) -> String {
    format!("{WAITING}{user}/n/")
}

pub(crate) fn wait(user: &str, is_told: bool, seq: Seq) -> String {
    format!("{WAITING}{user}/{}/{seq}", if is_told { 't' } else { 'n' })
}

pub(crate) fn roles(alias: &str) -> String {
    format!("{ROLES}{alias}/")
}

pub(crate) fn role(alias: &str, seq: Seq) -> String {
    format!("{ROLES}{alias}/{seq}")
}

pub(crate) fn listed(user: &str) -> String {
    format!("{LISTED}{user}/")
}

pub(crate) fn list(user: &str, seq: Seq) -> String {
    format!("{LISTED}{user}/{seq}")
}

pub(crate) fn logged_on(impu: &str) -> String {
    format!("{LOGGED_ON}{impu}")
}
