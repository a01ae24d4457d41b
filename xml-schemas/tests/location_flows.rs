//! Location flows on their bodies. TS 23.280 10.9.2, 10.9.3.2, 10.9.3.10.2

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{compact, crate_path};
use xml_schemas::{
    Timestamp,
    body::{
        interconnection_info::{McService, Outcome},
        location_info::{Ecgi, Uncertainty},
    },
    flow::{BadBody, Carriage, Flow, Part, name_of},
    ids::{FunctionalAlias, McServiceId, RequestId, SystemId},
    location::{
        ClientAnswer, ClientLocationReport, ClientLocationRequest, Coordinate, LocationItem, LocationReport,
        LocationRequest, Position, Refusal, TargetAnswer, TargetReport,
    },
    mime,
};

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

fn request_id() -> RequestId {
    RequestId::new("c1b0f1c2-0f7a-4d4e-8b3e-5f6f6f0c2a11").unwrap()
}

fn request() -> LocationRequest {
    LocationRequest {
        mc_service: Some(McService::Mcptt),
        requesting_system: Some(SystemId::new("primary.example").unwrap()),
        target_system: Some(SystemId::new("partner.example").unwrap()),
        ..LocationRequest::new(
            request_id(),
            id("sip:alice@primary.example"),
            vec![id("sip:bob@partner.example"), id("sip:carol@partner.example")],
        )
    }
}

fn position() -> Position {
    Position::new(
        Coordinate::from_degrees(40.4168, -3.7038).unwrap(),
        "2026-03-02T10:15:30Z".parse().unwrap(),
    )
    .with_altitude(657)
    .with_accuracy(Uncertainty::from_metres(45.0))
    .with_cell(Ecgi::new("2140010000000000000000000000000001").unwrap())
    .with_alias(FunctionalAlias::new("sip:incident-commander@partner.example").unwrap())
}

fn report() -> LocationReport {
    let refusal =
        Refusal { code: Some(403), text: Some("not authorized to report to the requesting system".into()) };
    LocationReport {
        request_id: request_id(),
        mc_service: Some(McService::Mcptt),
        requesting_system: Some(SystemId::new("primary.example").unwrap()),
        target_system: Some(SystemId::new("partner.example").unwrap()),
        requester: id("sip:alice@primary.example"),
        targets: vec![
            TargetReport {
                target: id("sip:bob@partner.example"),
                answer: TargetAnswer::Located(Box::new(position())),
            },
            TargetReport { target: id("sip:carol@partner.example"), answer: TargetAnswer::Refused(refusal) },
        ],
    }
}

fn golden(below: &str) -> String {
    compact(&std::fs::read(crate_path("samples/good").join(below)).unwrap())
}

fn part<'p>(parts: &'p mut [Part<'static>], media_type: &str) -> &'p mut Part<'static> {
    parts.iter_mut().find(|part| part.is(media_type)).unwrap()
}

/// The parts with one text replaced in one body; the text must be there.
fn with<F: Flow>(flow: &F, media_type: &str, from: &str, to: &str) -> Vec<Part<'static>> {
    let mut parts = flow.split();
    let changed = part(&mut parts, media_type);
    let text = String::from_utf8(changed.bytes.to_vec()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    changed.bytes = text.replacen(from, to, 1).into_bytes().into();
    parts
}

fn without<F: Flow>(flow: &F, media_type: &str) -> Vec<Part<'static>> {
    flow.split().into_iter().filter(|part| !part.is(media_type)).collect()
}

fn refusal<F: Flow>(parts: &[Part<'_>]) -> BadBody {
    F::join(parts).expect_err("the bodies were joined")
}

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
    assert_eq!(LocationRequest::join(&later), Ok(some));
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
fn a_body_that_is_not_known_is_answered_415_and_a_kind_that_is_not_known_403() {
    let error = name_of(&[Part::borrowed("text/plain", b"where are you?")]).unwrap_err();
    assert_eq!(error.status(), 415);
    let kind =
        with(&request(), mime::INTERCONNECTION_INFO, "location-information-request", "location-mind-reading");
    assert_eq!(name_of(&kind), Err(BadBody::UnknownKind));
    assert_eq!(
        (refusal::<LocationRequest>(&kind), BadBody::UnknownKind.status()),
        (BadBody::UnknownKind, 403)
    );
    assert_eq!(refusal::<LocationReport>(&request().split()), BadBody::OtherFlow);
}

#[test]
fn a_missing_or_doubled_body_is_answered_400() {
    for media_type in [mime::MCPTT_INFO, mime::LOCATION_INFO, mime::INTERCONNECTION_INFO] {
        let error = refusal::<LocationRequest>(&without(&request(), media_type));
        assert_eq!((error.status(), &error), (400, &BadBody::Missing { media_type: leak(media_type) }));
        let mut doubled = request().split();
        let again = part(&mut doubled, media_type).clone();
        doubled.push(again);
        assert!(matches!(refusal::<LocationRequest>(&doubled), BadBody::Doubled { .. }));
    }
}

fn leak(media_type: &str) -> &'static str {
    [mime::MCPTT_INFO, mime::LOCATION_INFO, mime::INTERCONNECTION_INFO]
        .into_iter()
        .find(|known| *known == media_type)
        .unwrap()
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
fn a_request_whose_bodies_contradict_each_other_is_refused() {
    let icx = mime::INTERCONNECTION_INFO;
    let mut one = request();
    one.targets.truncate(1);
    let contradictions = [
        with(&request(), icx, "<request-id>c1b0", "<request-id>d1b0"),
        with(&one, mime::MCPTT_INFO, "bob@", "dave@"),
        with(&request(), mime::LOCATION_INFO, "<Request", "<Request RequestId=\"r-2\"/><Request"),
    ];
    for parts in contradictions {
        let error = refusal::<LocationRequest>(&parts);
        assert!(matches!(error, BadBody::Contradiction { .. }) && error.status() == 400, "{error}");
    }
}

#[test]
fn a_request_without_what_its_table_marks_m_is_refused_with_the_place() {
    let requester =
        "<requesting-mcs-id type=\"Normal\"><mcsURI>sip:alice@primary.example</mcsURI></requesting-mcs-id>";
    let error = refusal::<LocationRequest>(&with(&request(), mime::INTERCONNECTION_INFO, requester, ""));
    assert!(
        error.to_string().contains("/interconnection-info/icx-Params: a required element is missing"),
        "{error}"
    );
    assert_eq!(error.status(), 400);
    let error = refusal::<LocationRequest>(&with(&request(), mime::LOCATION_INFO, "\"true\"", "\"yes\""));
    let place = "mcptt-location-info 2:58 /location-info/Request: attribute refresh: not true or false";
    assert_eq!(error.to_string(), place);
}

#[test]
fn a_target_that_is_a_role_is_refused_for_what_it_is() {
    let bob = "<mcs-id type=\"Normal\"><mcsURI>sip:bob@partner.example</mcsURI></mcs-id>";
    let role = bob.replace("mcs-id", "functional-alias-URI");
    let error = refusal::<LocationRequest>(&with(&request(), mime::INTERCONNECTION_INFO, bob, &role));
    assert_eq!(error, BadBody::UnsupportedTarget);
}

const CAROL_FAILED: &str = "<target-list><target><mcs-id type=\"Normal\"><mcsURI>sip:carol@partner.example</mcsURI>\
    </mcs-id><result><outcome>fail</outcome></result></target>";

#[test]
fn a_report_whose_bodies_contradict_each_other_is_refused() {
    let (icx, location) = (mime::INTERCONNECTION_INFO, mime::LOCATION_INFO);
    let contradictions = [
        with(&report(), icx, "<request-id>c1b0", "<request-id>d1b0"),
        with(&report(), icx, "<outcome>fail", "<outcome>success"),
        with(&report(), icx, "<outcome>success", "<outcome>fail"),
        with(&report(), icx, "<outcome>success", "<outcome>partial"),
        with(&report(), icx, "<result><outcome>success</outcome></result>", ""),
        with(&report(), icx, "sip:bob@", "sip:dave@"),
        with(&report(), icx, "<target-list>", CAROL_FAILED),
        with(&report(), location, "sip:bob@", "sip:dave@"),
        with(&report(), location, "<mcptt-reporting-uri>sip:bob@partner.example</mcptt-reporting-uri>", ""),
        without(&report(), location),
    ];
    for parts in contradictions {
        let error = refusal::<LocationReport>(&parts);
        assert!(matches!(error, BadBody::Contradiction { .. }) && error.status() == 400, "{error}");
    }
}

#[test]
fn ts33180_what_is_encrypted_for_others_is_refused_for_what_it_is() {
    let sealed = "type=\"Encrypted\"><e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/>";
    let requester = "type=\"Normal\"><mcsURI>sip:alice@primary.example</mcsURI>";
    let error = refusal::<LocationRequest>(&with(&request(), mime::INTERCONNECTION_INFO, requester, sealed));
    assert_eq!((error.status(), error.to_string().contains("requesting-mcs-id")), (415, true));
    let longitude = "type=\"Normal\"><threebytes>16604606</threebytes>";
    let error = refusal::<LocationReport>(&with(&report(), mime::LOCATION_INFO, longitude, sealed));
    assert_eq!(error.status(), 415);
}

fn client_request() -> ClientLocationRequest {
    ClientLocationRequest {
        request_id: request_id(),
        target: id("sip:bob@partner.example"),
        requester: Some(id("sip:alice@primary.example")),
    }
}

fn client_report() -> ClientLocationReport {
    ClientLocationReport {
        request_id: request_id(),
        reporter: Some(id("sip:bob@partner.example")),
        answer: ClientAnswer::Located(Box::new(position())),
    }
}

fn client_refusal() -> ClientLocationReport {
    let refusal = Refusal { code: None, text: Some("the user does not permit it".into()) };
    ClientLocationReport { answer: ClientAnswer::Refused(refusal), ..client_report() }
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
fn c10_9_3_2_a_client_that_contradicts_itself_is_refused() {
    let contradictions = [
        with(&client_report(), mime::MCPTT_INFO, "bob@", "carol@"),
        with(&client_report(), mime::LOCATION_INFO, " ReportID=\"c1b0f1c2-0f7a-4d4e-8b3e-5f6f6f0c2a11\"", ""),
        with(&client_refusal(), mime::INTERCONNECTION_INFO, "<outcome>fail", "<outcome>success"),
    ];
    for parts in contradictions {
        assert!(matches!(refusal::<ClientLocationReport>(&parts), BadBody::Contradiction { .. }));
    }
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
