//! What `mcx service status` prints for people.

use std::fmt::Write as _;

use serde_json::Value;
use xml_schemas::{body::interconnection_info::McService, lexical::Lexical as _};

/// One system.
pub(super) fn text(status: &Value) -> String {
    let mut out = format!("{}\n", word(status, "system"));
    for user in list(status, "users") {
        let state = match (word(user, "away"), is(user, "authorized"), is(user, "logged-on")) {
            (away, ..) if !away.is_empty() => format!("works in {away}"),
            (_, true, _) => "authorized".to_owned(),
            (_, false, true) => "logged on, not authorized".to_owned(),
            (_, false, false) => "logged off".to_owned(),
        };
        let _ = writeln!(out, "  {:<40} {state}", word(user, "id"));
        for client in list(user, "clients") {
            let _ = writeln!(out, "    client {}{}", named(client, "id"), more(client));
        }
        let groups: Vec<&str> = list(user, "groups").iter().filter_map(Value::as_str).collect();
        if !groups.is_empty() {
            let _ = writeln!(out, "    groups {}", groups.join(" "));
        }
    }
    for mark in list(status, "marks") {
        let confirmed = if is(mark, "confirmed") { "" } else { ", not confirmed yet" };
        let _ = writeln!(
            out,
            "  {:<40} has migrated to {} with {}profile {}, as {}{confirmed}",
            word(mark, "id"),
            word(mark, "system"),
            service(mark),
            number(mark, "profile"),
            word(mark, "partner-id"),
        );
    }
    for visit in list(status, "visits") {
        let admitted = if is(visit, "admitted") { "visits" } else { "asks to visit" };
        let _ = writeln!(
            out,
            "  {:<40} {admitted} from {} with {}profile {}, being {} there",
            word(visit, "id"),
            word(visit, "system"),
            service(visit),
            number(visit, "profile"),
            word(visit, "primary-id"),
        );
    }
    out
}

fn more(client: &Value) -> String {
    let profile = number(client, "profile");
    let service = service(client);
    let profile = match (service, profile.as_str()) {
        ("", "") => String::new(),
        (service, "") => format!(", {}", service.trim_end()),
        (service, profile) => format!(", {service}profile {profile}"),
    };
    let primary = word(client, "primary");
    let primary = if primary.is_empty() { String::new() } else { format!(", at home {primary}") };
    format!("{profile}{primary}")
}

/// The MC service of a migration, as people call it, before what follows.
fn service(value: &Value) -> &'static str {
    match McService::read(word(value, "service")) {
        Ok(McService::Mcptt) => "MCPTT ",
        Ok(McService::McVideo) => "MCVideo ",
        _ => "",
    }
}

fn named<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or("without a name")
}

fn word<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_u64).map(|number| number.to_string()).unwrap_or_default()
}

fn is(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn each_user_is_a_line_with_what_he_is() {
        let text = super::text(&json!({
            "system": "partner.example",
            "users": [
                { "id": "sip:bob@partner.example", "authorized": true, "logged-on": true, "groups": ["sip:fire@partner.example"],
                  "clients": [{ "id": "urn:uuid:1", "profile": 3, "service": "mcptt", "primary": null }], "away": null },
                { "id": "sip:erin@partner.example", "authorized": false, "logged-on": false, "groups": [], "clients": [], "away": "x.example" },
            ],
            "marks": [
                { "id": "sip:erin@partner.example", "service": "mcptt", "system": "x.example", "profile": 2, "confirmed": true,
                  "partner-id": "sip:guest@x.example" },
            ],
            "visits": [{ "id": "sip:guest@partner.example", "service": "mcvideo", "system": "primary.example", "profile": 3, "admitted": true,
                         "primary-id": "sip:dave@primary.example" }],
        }));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "partner.example");
        assert!(lines[1].contains("sip:bob@partner.example") && lines[1].ends_with("authorized"));
        assert_eq!(
            (lines[2], lines[3]),
            ("    client urn:uuid:1, MCPTT profile 3", "    groups sip:fire@partner.example")
        );
        assert!(lines[4].ends_with("works in x.example"));
        assert!(
            lines[5].ends_with("has migrated to x.example with MCPTT profile 2, as sip:guest@x.example"),
            "{text}"
        );
        assert!(lines[6].contains("visits from primary.example with MCVideo profile 3"), "{text}");
    }
}
