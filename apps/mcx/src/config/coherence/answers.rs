//! What is asked of another system is answered, by the agreement and in time.

use std::time::Duration;

use kit::config::Table;
use xml_schemas::mime::kind;

use super::Facts;

/// Which flow answers which.
const ANSWERED: [(&str, &str); 9] = [
    (kind::LOCATION_REQUEST, kind::LOCATION_REPORT),
    (kind::MIGRATION_REQUEST, kind::MIGRATION_RESPONSE),
    (kind::MIGRATION_STATUS_REQUEST, kind::MIGRATION_STATUS_RESPONSE),
    (kind::ACM_GROUP_PROVISION_REQUEST, kind::ACM_GROUP_PROVISION_RESPONSE),
    (kind::ACM_GROUP_MEMBERSHIP_REQUEST, kind::ACM_GROUP_MEMBERSHIP_RESPONSE),
    (kind::ACM_USERS_ADD_REQUEST, kind::ACM_USERS_ADD_RESPONSE),
    (kind::ACM_USERS_REMOVE_REQUEST, kind::ACM_USERS_REMOVE_RESPONSE),
    (kind::ACM_PROFILE_UPDATE_REQUEST, kind::ACM_PROFILE_UPDATE_RESPONSE),
    (kind::ACM_WITHDRAWAL_REQUEST, kind::ACM_WITHDRAWAL_RESPONSE),
];

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    root.again("gateway", |gateway| gateway.again("partner", agreement));
    for section in ["locations", "acm"] {
        root.again(section, of_direct);
    }
    root.again("service", |service| service.again("migration", of_direct));
    patience(root, facts);
    root.all_again(&mut some_time);
}

/// Keys that say how long somebody has for an answer.
const DEADLINES: [&str; 6] = [
    "deadline",
    "partner-deadline",
    "client-deadline",
    "permission-deadline",
    "answer-within",
    "response-within",
];

/// Nobody answers in no time at all.
fn some_time(table: &Table<'_>) {
    for key in DEADLINES {
        if table.optional::<Duration>(key).is_some_and(|time| time.is_zero()) {
            table.error_at_value(key, format!("\"{key}\" leaves no time for an answer"));
        }
    }
}

fn of_direct(table: &Table<'_>) {
    table.again("partner", |partner| partner.again("direct", agreement));
}

/// Answers are flows of their own, the other way: TS 23.280 10.9.3.10.2 step 6, 10.6.3.3 step 4.
fn agreement(table: &Table<'_>) {
    let flows = |key| table.optional::<Vec<String>>(key).unwrap_or_default();
    let (inbound, outbound) = (flows("inbound"), flows("outbound"));
    let has = |flows: &[String], flow: &str| flows.iter().any(|named| named == flow);
    for (request, answer) in ANSWERED {
        if has(&outbound, request) && !has(&inbound, answer) {
            let told = format!(
                "\"outbound\" has \"{request}\", and \"inbound\" no \"{answer}\": what is asked there is never answered"
            );
            table.warn_at_value("outbound", &told);
        }
        if has(&inbound, request) && !has(&outbound, answer) {
            let told = format!(
                "\"inbound\" has \"{request}\", and \"outbound\" no \"{answer}\": what they ask is never answered"
            );
            table.warn_at_value("inbound", &told);
        }
    }
}

/// Whoever waits for somebody who waits himself waits longer.
fn patience(root: &Table<'_>, facts: &Facts<'_>) {
    let Some(locations) = &facts.config.locations else { return };
    if locations.partners.is_empty() {
        return;
    }
    let partner = locations.partner_deadline;
    root.again("locations", |table| {
        for (key, ours) in [
            ("client-deadline", locations.client_deadline),
            ("permission-deadline", locations.permission_deadline),
        ] {
            if ours >= partner {
                let told = format!(
                    "\"{key}\", {}, is no shorter than \"partner-deadline\", {}: a partner with our patience has given up by then",
                    seconds(ours),
                    seconds(partner)
                );
                table.warn_at_value(key, &told);
            }
        }
    });
    let Some(service) = facts.config.service.as_ref().filter(|service| service.deadline <= partner) else {
        return;
    };
    root.again("service", |table| {
        let told = format!(
            "\"deadline\", {}, is no longer than \"partner-deadline\" of [locations], {}: reports of partners may come too late",
            seconds(service.deadline),
            seconds(partner)
        );
        table.warn_at_value("deadline", &told);
    });
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
