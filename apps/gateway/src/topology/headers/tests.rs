use super::*;

#[test]
fn every_known_name_has_one_row() {
    let mut rows: Vec<Name> = TABLE.iter().flat_map(|rows| rows.iter().map(|(name, ..)| *name)).collect();
    rows.sort_unstable();
    let every = (0..Name::Other as usize).len();
    assert_eq!(rows.len(), every);
    rows.dedup();
    assert_eq!(rows.len(), every);
}

fn of(allowed: &Allowed, name: &str) -> (Does, Does) {
    let header = Header { name: Name::from_bytes(name.as_bytes()), raw_name: name.as_bytes(), value: b"x" };
    (allowed.of(&header, true), allowed.of(&header, false))
}

#[test]
fn what_is_not_named_stays_inside() {
    for name in ["Session-ID", "User-to-User", "X-Debug", "Subject", "s", "Date", "P-Whatever", "Other"] {
        assert_eq!(of(&USUAL, name), (Drop, Drop), "{name}");
    }
}

#[test]
fn an_agreement_adds_names_and_no_more() {
    let mut allowed = USUAL.clone();
    for name in ["Session-ID", "subject", "Date"] {
        allowed.pass(name).unwrap();
        assert_eq!(of(&allowed, name), (Pass, Pass), "{name}");
    }
    assert_eq!(of(&allowed, "SESSION-id"), (Pass, Pass));
    assert_eq!(of(&allowed, "User-to-User"), (Drop, Drop));
}

#[test]
fn an_agreement_adds_nothing_that_the_gateway_answers_for() {
    let refused = [
        "",
        "a b",
        "Via",
        "v",
        "Contact",
        "Record-Route",
        "Route",
        "Call-ID",
        "To",
        "Warning",
        "Allow",
        "Require",
        "Authorization",
        "Replaces",
        "Target-Dialog",
        "P-Asserted-Identity",
        "P-Served-User",
        "X-3GPP-Asserted-Identity",
        "Security-Client",
        "Path",
        "Content-Length",
        "Max-Forwards",
        "Identity",
    ];
    let mut allowed = USUAL.clone();
    for name in refused {
        assert!(allowed.pass(name).is_err(), "{name}");
    }
}

#[test]
fn rfc3261_7_3_3_a_compact_form_is_the_same_name() {
    assert_eq!(of(&USUAL, "e"), (Need, Need));
    assert_eq!(of(&USUAL, "m"), (Dialog, Dialog));
}
