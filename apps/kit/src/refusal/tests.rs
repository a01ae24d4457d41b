use std::collections::HashSet;

use super::{CAUSE_HEADER, Cause, Refusal, TABLE, WARNING_179};

#[test]
fn the_table_has_its_rows_in_the_order_of_the_enum() {
    for (place, row) in TABLE.iter().enumerate() {
        assert_eq!(row.cause as usize, place, "{}", row.name);
        assert_eq!(row.cause.row(), row);
        assert_eq!(Cause::from_code(row.code), Some(row.cause));
    }
}

#[test]
fn codes_and_names_are_unique() {
    assert_eq!(TABLE.iter().map(|row| row.code).collect::<HashSet<_>>().len(), TABLE.len());
    assert_eq!(TABLE.iter().map(|row| row.name).collect::<HashSet<_>>().len(), TABLE.len());
}

#[test]
fn ts24379_6_8_2_not_permitted_and_unknown_partner_are_403_with_179_and_distinct_codes() {
    for cause in [Cause::NotPermitted, Cause::UnknownPartner] {
        assert_eq!((cause.status(), cause.text()), (403, WARNING_179));
    }
    assert_ne!(Cause::NotPermitted.code(), Cause::UnknownPartner.code());
}

#[test]
fn the_privacy_switch_makes_unknown_and_refused_one() {
    let merged = [
        Cause::UnknownUser,
        Cause::UnknownTarget,
        Cause::TargetRefuses,
        Cause::PolicyRefuses,
        Cause::UserDenied,
        Cause::NotPermitted,
    ];
    for cause in merged {
        assert_eq!(cause.seen_by(true), Cause::NotDisclosed);
        assert_eq!(cause.seen_by(false), cause);
    }
    assert_eq!(Cause::LoggedOff.seen_by(true), Cause::LoggedOff);
    assert_eq!(Refusal::at(Cause::UnknownUser, "bob").seen_by(true).place, None);
}

#[test]
fn rfc3261_20_43_the_warning_names_the_host_and_the_place_without_breaking_its_quotes() {
    let refusal = Refusal::at(Cause::MalformedBody, "location-info line 3 \"x\"\r\n");
    assert_eq!(refusal.warning(), "malformed body: location-info line 3 x");
    // What is said already is not said twice.
    let cause = Cause::UnsupportedTarget;
    assert_eq!(Refusal::at(cause, cause.text()).warning(), cause.text());
}

#[test]
fn only_a_503_has_a_retry_after() {
    for row in &TABLE {
        assert_eq!(row.retry_after.is_some(), row.status == 503, "{}", row.name);
    }
    assert!(CAUSE_HEADER.is_ascii());
}
