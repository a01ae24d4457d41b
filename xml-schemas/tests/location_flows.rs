//! Location flows on their bodies. TS 23.280 10.9.2, 10.9.3.2, 10.9.3.10.2

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{compact, flows::*};
use xml_schemas::{
    Timestamp,
    body::interconnection_info::Outcome,
    flow::{BadBody, Carriage, Flow, name_of},
    location::{ClientLocationReport, ClientLocationRequest, LocationItem, LocationReport, LocationRequest},
    mime,
};

#[test]
fn c10_9_2_3_a_request_is_written_as_the_golden_bodies() {
    let parts = request().split();
    assert_eq!(parts.len(), 3);
    assert_eq!(compact(&parts[1].bytes), golden("location-info/request.xml"));
    assert_eq!(compact(&parts[2].bytes), golden("interconnection-info/location-request.xml"));
    assert_eq!(LocationRequest::join(&parts), Ok(request()));
}

#[test]
fn c10_9_2_2_a_report_is_written_as_the_golden_bodies() {
    let parts = report().split();
    assert_eq!(compact(&parts[1].bytes), golden("location-info/report.xml"));
    assert_eq!(compact(&parts[2].bytes), golden("interconnection-info/location-report.xml"));
    assert_eq!(LocationReport::join(&parts), Ok(report()));
    assert_eq!(report().outcome(), Outcome::Partial);
}

#[test]
fn c10_9_2_3_mcptt_request_uri_names_the_target_only_where_there_is_one() {
    let mut one = request();
    assert!(!String::from_utf8_lossy(&one.split()[0].bytes).contains("mcptt-request-uri"));
    one.targets.truncate(1);
    assert_eq!(compact(&one.split()[0].bytes), golden("mcptt-info/one-target.xml"));
    assert!(String::from_utf8_lossy(&one.split()[2].bytes).contains("<target-list>"));
    assert_eq!(LocationRequest::join(&one.split()), Ok(one));
}

#[test]
fn c10_9_2_2_mcptt_request_uri_of_a_report_names_the_requester() {
    assert!(
        String::from_utf8_lossy(&report().split()[0].bytes).contains("<mcpttURI>sip:alice@primary.example<")
    );
    let psi = with(&report(), mime::MCPTT_INFO, "alice@", "lms_psi@");
    assert_eq!(LocationReport::join(&psi), Ok(report()));
    let stranger = with(&report(), mime::MCPTT_INFO, "primary.example", "other.example");
    assert!(matches!(refusal::<LocationReport>(&stranger), BadBody::Contradiction { .. }));
}

#[test]
fn c10_9_2_3_an_absent_refresh_means_refresh() {
    let stored = LocationRequest { refresh: false, ..request() };
    assert_eq!(LocationRequest::join(&stored.split()), Ok(stored.clone()));
    let absent = with(&stored, mime::LOCATION_INFO, " refresh=\"false\"", "");
    assert_eq!(LocationRequest::join(&absent), Ok(request()));
}

#[test]
fn c10_9_2_3_what_is_requested_is_named_and_names_of_later_releases_are_passed_over() {
    let some = LocationRequest { requested: vec![LocationItem::Coordinate], ..request() };
    assert_eq!(LocationRequest::join(&some.split()), Ok(some.clone()));
    let later = with(&some, mime::INTERCONNECTION_INFO, ">coordinate<", ">coordinate heading<");
    assert_eq!(LocationRequest::join(&later), Ok(some.clone()));
    let unknown = with(&some, mime::INTERCONNECTION_INFO, ">coordinate<", ">heading<");
    assert!(matches!(refusal::<LocationRequest>(&unknown), BadBody::Contradiction { .. }), "not everything");
    let only = position().only(&[LocationItem::Coordinate]);
    assert!(only.coordinate().is_some() && only.aliases().is_empty() && only.taken_at().is_some());
    assert!(only.location().serving_ecgi.is_none());
}

#[test]
fn c10_9_2_3_a_target_named_twice_is_asked_once() {
    let mut twice = request();
    twice.targets.push(id("sip:bob@PARTNER.example"));
    assert_eq!(LocationRequest::join(&twice.split()), Ok(request()));
}

#[test]
fn each_flow_is_told_by_its_bodies() {
    assert_eq!(name_of(&request().split()), Ok(LocationRequest::NAME));
    assert_eq!(name_of(&report().split()), Ok(LocationReport::NAME));
    assert_eq!(name_of(&client_request().split()), Ok(ClientLocationRequest::NAME));
    assert_eq!(name_of(&client_report().split()), Ok(ClientLocationReport::NAME));
    assert_eq!(name_of(&client_refusal().split()), Ok(ClientLocationReport::NAME));
}

#[test]
fn a_report_that_locates_nobody_needs_no_location_body() {
    let mut none = report();
    none.targets.remove(0);
    assert_eq!(none.outcome(), Outcome::Fail);
    assert_eq!(LocationReport::join(&none.split()), Ok(none.clone()));
    assert_eq!(LocationReport::join(&without(&none, mime::LOCATION_INFO)), Ok(none));
}

#[test]
fn c10_9_3_2_a_client_is_asked_on_the_bodies_of_ts24379() {
    let parts = client_request().split();
    assert_eq!(parts.len(), 2);
    assert_eq!(compact(&parts[0].bytes), golden("mcptt-info/client-location-request.xml"));
    assert_eq!(compact(&parts[1].bytes), golden("location-info/request.xml"));
    assert_eq!(ClientLocationRequest::join(&parts), Ok(client_request()));
}

#[test]
fn c10_9_3_2_a_client_reports_on_the_bodies_of_ts24379() {
    let parts = client_report().split();
    assert_eq!(compact(&parts[1].bytes), golden("location-info/report.xml"));
    assert_eq!(ClientLocationReport::join(&parts), Ok(client_report()));
}

#[test]
fn c10_9_3_2_a_client_that_does_not_report_says_so() {
    let parts = client_refusal().split();
    assert_eq!(compact(&parts[1].bytes), golden("interconnection-info/client-refusal.xml"));
    assert_eq!(ClientLocationReport::join(&parts), Ok(client_refusal()));
}

#[test]
fn nothing_personal_is_shown() {
    let shown = format!("{:?} {:?} {:?} {:?}", request(), report(), client_request(), client_report());
    for secret in ["alice", "bob", "carol", "commander", "16604606", "3767118", "40.4", "214001", "657"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn a_position_gives_what_was_reported() {
    let position = position();
    let coordinate = position.coordinate().unwrap();
    assert!((coordinate.latitude.degrees() - 40.4168).abs() < 1e-5);
    assert!((coordinate.longitude.degrees() + 3.7038).abs() < 2e-5);
    assert_eq!(position.taken_at().map(Timestamp::unix_ms), Some(1_772_446_530_000));
    assert_eq!(position.altitude_metres(), Some(657));
    assert!(position.accuracy_metres().is_some_and(|metres| metres >= 45.0));
    assert!(!position.is_emergency() && position.in_emergency().is_emergency());
}
