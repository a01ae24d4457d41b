//! Where everything is kept.

use audit::Digest;
use xml_schemas::ids::RequestId;

use crate::case::{Case, CaseKey, Seq};

const CASES: &str = "acm/case/";
pub(crate) const LETTERS: &str = "acm/letter/";
pub(crate) const WORK: &str = "acm/work/";
pub(crate) const DUE: &str = "acm/due/";
const WAITING: &str = "acm/wait/";
pub(crate) const ROLES: &str = "acm/role/";
const LISTED: &str = "acm/by/";
const OPEN: &str = "acm/open/";
const CLOSED: &str = "acm/closed/";
const REFUSED: &str = "acm/refused/";
const LANES: &str = "acm/lane/";
const TURNS: &str = "acm/turn/";
const TURNS_IN: &str = "acm/turn-in/";
const NEXT: &str = "acm/next/";
const PLACES: &str = "acm/place/";
pub(crate) const RECEIPTS_DUE: &str = "acm/receipt-due/";
const RECEIPTS: &str = "acm/receipt/";
const SENT: &str = "acm/sent/";
const AUDIT_KEYS: &str = "acm/audit-key/";
const AUDIT_ENDS: &str = "acm/audit-end/";
pub(crate) const LOGGED_ON: &str = "acm/on/";
pub(crate) const PUBLISHED: &str = "acm/pub/";

pub(crate) fn case(key: &CaseKey) -> String {
    format!("{CASES}{}", key.text())
}

pub(crate) fn letter(seq: Seq) -> String {
    format!("{LETTERS}{seq}")
}

/// The requests of a partner, or of our own users, that have not come to an end.
pub(crate) fn open_of(from: Option<&str>) -> String {
    match from {
        Some(from) => format!("{OPEN}i/{from}/"),
        None => format!("{OPEN}o/"),
    }
}

/// Those of one initiator.
pub(crate) fn open_by(from: Option<&str>, initiator: &str) -> String {
    format!("{}{initiator}/", open_of(from))
}

pub(crate) fn open(case: &Case) -> String {
    open_at(case.key.from(), case.initiator.id.as_str(), case.key.request_id())
}

/// One of them.
pub(crate) fn open_at(from: Option<&str>, initiator: &str, request_id: &RequestId) -> String {
    format!("{}{request_id}", open_by(from, initiator))
}

/// The requests of a partner, or of our own users, that have come to an end since, and are kept.
pub(crate) fn closed_of(from: Option<&str>) -> String {
    format!("{CLOSED}{}/", from.map_or_else(|| "o".to_owned(), |from| format!("i/{from}")))
}

/// Those of one initiator.
pub(crate) fn closed_by(from: Option<&str>, initiator: &str) -> String {
    format!("{}{initiator}/", closed_of(from))
}

pub(crate) fn closed(case: &Case) -> String {
    format!("{}{}", closed_by(case.key.from(), case.initiator.id.as_str()), case.key.request_id())
}

/// The requests of a partner that ended as they came.
pub(crate) fn refused(partner: &str) -> String {
    format!("{REFUSED}{partner}/")
}

pub(crate) fn refused_one(case: &Case) -> String {
    format!("{REFUSED}{}/{}", case.partner, case.key.request_id())
}

/// The letters of one lane, in order.
pub(crate) fn lane(partner: &str, lane: &str) -> String {
    format!("{LANES}{partner}/{lane}/")
}

/// The last place that was given out in a lane.
pub(crate) fn turn(partner: &str, lane: &str) -> String {
    format!("{TURNS}{partner}/{lane}")
}

/// The last place that was given out among what one user of a partner has asked one target here.
pub(crate) fn turn_in(partner: &str, pair: &str) -> String {
    format!("{TURNS_IN}{partner}/{pair}")
}

pub(crate) fn work(key: &CaseKey) -> String {
    format!("{WORK}{}", key.text())
}

/// What was decided about a user and is not carried out yet, in the order in which it was decided.
pub(crate) fn next(user: &str) -> String {
    format!("{NEXT}{user}/")
}

pub(crate) fn next_of(user: &str, place: Seq) -> String {
    format!("{NEXT}{user}/{place}")
}

/// The last place that was given out there.
pub(crate) fn place(user: &str) -> String {
    format!("{PLACES}{user}")
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

/// What stands between the user and the place.
pub(crate) fn mark(is_told: bool) -> &'static str {
    if is_told { "t/" } else { "n/" }
}

pub(crate) fn wait(user: &str, is_told: bool, seq: Seq) -> String {
    format!("{WAITING}{user}/{}{seq}", mark(is_told))
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

/// The newest stands first.
pub(crate) fn list(user: &str, seq: Seq) -> String {
    format!("{LISTED}{user}/{}", Seq(!seq.0))
}

/// Whose client has published, with the entity tag.
pub(crate) fn published(impu: &str) -> String {
    format!("{PUBLISHED}{impu}")
}

pub(crate) fn logged_on(impu: &str) -> String {
    format!("{LOGGED_ON}{impu}")
}

/// That a partner is to be given a receipt, and for what.
pub(crate) fn receipt_due(key: &CaseKey, flow: &str, digest: Digest) -> String {
    format!("{RECEIPTS_DUE}{flow}/{digest}/{}", key.text())
}

/// What a key of [`RECEIPTS_DUE`] says after the prefix.
pub(crate) fn read_receipt_due(tail: &str) -> Option<(&str, Digest, CaseKey)> {
    let (flow, rest) = tail.split_once('/')?;
    let (digest, key) = rest.split_once('/')?;
    Some((flow, Digest::read(digest)?, CaseKey::read(key)?))
}

/// That a partner has confirmed a flow.
pub(crate) fn receipt(partner: &str, request_id: &str, flow: &str, digest: Digest) -> String {
    format!("{RECEIPTS}{partner}/{flow}/{digest}/{request_id}")
}

/// That a partner was sent something of which nothing else is kept.
pub(crate) fn sent(partner: &str, request_id: &str, flow: &str, digest: Digest) -> String {
    format!("{SENT}{partner}/{flow}/{digest}/{request_id}")
}

/// The first key with which a partner has signed.
pub(crate) fn audit_key(partner: &str) -> String {
    format!("{AUDIT_KEYS}{partner}")
}

/// Before the ends of a partner's audit logs.
pub(crate) fn audit_ends(partner: &str) -> String {
    format!("{AUDIT_ENDS}{partner}/")
}

/// The end of one of them, as he told it last.
pub(crate) fn audit_end(partner: &str, chain: &str) -> String {
    format!("{AUDIT_ENDS}{partner}/{chain}")
}
