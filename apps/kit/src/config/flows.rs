//! The flows that an agreement names, at a gateway and where two servers talk directly.

use xml_schemas::mime::kind;

use super::{Table, nearest};

/// A MESSAGE that is of no flow that is known: a flow of its own.
pub const MESSAGE: &str = "message";

/// OPTIONS, which are a flow of their own.
pub const OPTIONS: &str = "options";

/// Before the event package, for what may be published.
pub const PUBLISH: &str = "publish:";

/// Event packages that agreements name (RFC 5875, TS 24.379 9.2, RFC 4575, RFC 3856, RFC 3680).
pub const EVENTS: [&str; 5] = ["xcap-diff", "poc-settings", "conference", "presence", "reg"];

/// Flows about migrations (TS 23.280 10.6.3), of which an information document names the user.
pub const MIGRATION: [&str; 5] = [
    kind::MIGRATION_REQUEST,
    kind::MIGRATION_RESPONSE,
    kind::MIGRATION_ENDED,
    kind::MIGRATION_STATUS_REQUEST,
    kind::MIGRATION_STATUS_RESPONSE,
];

/// Flows of administration that travel between systems (TS 23.280 10.17). What a client and its own server say to each other
/// does not.
pub const ADMINISTRATION: [&str; 14] = [
    kind::ACM_GROUP_PROVISION_REQUEST,
    kind::ACM_GROUP_PROVISION_RESPONSE,
    kind::ACM_GROUP_MEMBERSHIP_REQUEST,
    kind::ACM_GROUP_MEMBERSHIP_RESPONSE,
    kind::ACM_USERS_ADD_REQUEST,
    kind::ACM_USERS_ADD_RESPONSE,
    kind::ACM_USERS_REMOVE_REQUEST,
    kind::ACM_USERS_REMOVE_RESPONSE,
    kind::ACM_PROFILE_UPDATE_REQUEST,
    kind::ACM_PROFILE_UPDATE_RESPONSE,
    kind::ACM_PROCESS_INDICATION,
    kind::ACM_WITHDRAWAL_REQUEST,
    kind::ACM_WITHDRAWAL_RESPONSE,
    kind::ACM_AUDIT_RECEIPT,
];

/// What an agreement can name today, beside what may be published.
pub const FLOWS: [&str; 28] = [
    ADMINISTRATION[0],
    ADMINISTRATION[1],
    ADMINISTRATION[2],
    ADMINISTRATION[3],
    ADMINISTRATION[4],
    ADMINISTRATION[5],
    ADMINISTRATION[6],
    ADMINISTRATION[7],
    ADMINISTRATION[8],
    ADMINISTRATION[9],
    ADMINISTRATION[10],
    ADMINISTRATION[11],
    ADMINISTRATION[12],
    ADMINISTRATION[13],
    kind::LOCATION_REQUEST,
    kind::LOCATION_REPORT,
    MIGRATION[0],
    MIGRATION[1],
    MIGRATION[2],
    MIGRATION[3],
    MIGRATION[4],
    MESSAGE,
    OPTIONS,
    EVENTS[0],
    EVENTS[1],
    EVENTS[2],
    EVENTS[3],
    EVENTS[4],
];

/// The flows of one direction, which are taken as they are: a partner may speak flows that we only relay. One that is almost a
/// known flow is a slip, and would deny in silence.
#[must_use]
pub fn read(table: &Table<'_>, key: &'static str) -> Vec<String> {
    let flows: Vec<String> = table.or(key, Vec::new());
    for flow in flows.iter().filter(|flow| !FLOWS.contains(&flow.as_str())) {
        if let Some(meant) = nearest(flow, FLOWS) {
            let wrong = format!("\"{key}\" names an unknown flow \"{flow}\"; did you mean \"{meant}\"?");
            table.error_at_value(key, wrong);
        }
    }
    flows
}

/// As [`read`], of a server that speaks these flows alone and with nobody between it and the partner's: no other is ever met there.
#[must_use]
pub fn read_of(table: &Table<'_>, key: &'static str, own: &[&str]) -> Vec<String> {
    let flows: Vec<String> = table.or(key, Vec::new());
    for flow in flows.iter().filter(|flow| !own.contains(&flow.as_str())) {
        let slip = if FLOWS.contains(&flow.as_str()) { None } else { nearest(flow, own.iter().copied()) };
        match slip {
            Some(meant) => {
                let wrong = format!("\"{key}\" names an unknown flow \"{flow}\"; did you mean \"{meant}\"?");
                table.error_at_value(key, wrong);
            }
            None => {
                let spoken = own.join(", ");
                let told =
                    format!("\"{key}\" names \"{flow}\", which this server never speaks; it speaks {spoken}");
                table.warn_at_value(key, &told);
            }
        }
    }
    flows
}
