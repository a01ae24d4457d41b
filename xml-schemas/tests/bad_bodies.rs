//! Bodies that do not carry the flow that they should. TS 23.280 10.9.2

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::flows::*;
use xml_schemas::{
    flow::{BadBody, Carriage, Part, name_of},
    location::{ClientLocationReport, LocationReport, LocationRequest},
    mime,
};

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
        assert_eq!((error.status(), &error), (400, &BadBody::Missing { media_type }));
        let mut doubled = request().split();
        let again = part(&mut doubled, media_type).clone();
        doubled.push(again);
        assert!(matches!(refusal::<LocationRequest>(&doubled), BadBody::Doubled { .. }));
    }
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

/// A reader at a border may see no text where elements stand among it.
#[test]
fn no_value_is_taken_from_beside_elements() {
    for beside in ["<x/>", "<q:x xmlns:q='urn:q'/>"] {
        let alice = "alice@primary.example</mcsURI>";
        let among = alice.replace("</", &format!("{beside}</"));
        let error = refusal::<LocationRequest>(&with(&request(), mime::INTERCONNECTION_INFO, alice, &among));
        assert!(matches!(error, BadBody::Malformed { .. }) && error.status() == 400, "{error:?}");
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
