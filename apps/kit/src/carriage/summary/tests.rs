use std::time::UNIX_EPOCH;

use xml_schemas::{
    acm::{Actor, AddMigrationUsersRequest, Addressee, Admission, Heading, UserAdmission},
    body::{PocSettings, interconnection_info::McService, mcptt_info::AccessToken},
    flow::Carriage as _,
    ids::{McServiceId, RequestId},
    location::{Coordinate, LocationReport, LocationRequest, Position, Refusal, TargetAnswer, TargetReport},
    migration::{
        Correlation, Migrates, MigrationServiceAuthorizationRequest, Outcome, ProfileIndex, Publication,
    },
};

use super::{flow_id, passing, summary};

fn id(name: &str) -> McServiceId {
    McServiceId::new(&format!("sip:{name}")).expect("valid")
}

#[test]
fn a_request_says_who_asks_for_whom_and_how_fresh() {
    let request = LocationRequest::new(
        RequestId::new("1").expect("valid"),
        id("alice@a.example"),
        vec![id("bob@b.example")],
    );
    let expected = "requester sip:alice@a.example\nasks for a fresh position\ntarget sip:bob@b.example";
    assert_eq!(summary(&request.split()), expected);
}

#[test]
fn a_report_says_where_each_target_is_or_why_not() {
    let here = Coordinate::from_degrees(40.0, -3.0).expect("on earth");
    let located = TargetAnswer::Located(Box::new(Position::new(here, UNIX_EPOCH.into())));
    let refused =
        TargetAnswer::Refused(Refusal { code: Some(34), text: Some("target user logged off".into()) });
    let report = LocationReport {
        request_id: RequestId::new("1").expect("valid"),
        mc_service: None,
        requesting_system: None,
        target_system: None,
        requester: id("alice@a.example"),
        targets: vec![
            TargetReport { target: id("bob@b.example"), answer: located },
            TargetReport { target: id("carol@b.example"), answer: refused },
        ],
    };
    let drawn = summary(&report.split());
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines[0], "requester sip:alice@a.example");
    assert!(
        lines[1].starts_with("target sip:bob@b.example: position ")
            && lines[1].ends_with(" at 1970-01-01T00:00:00Z")
    );
    assert_eq!(lines[2], "target sip:carol@b.example: refused, 34 target user logged off");
}

#[test]
fn a_relay_learns_the_flow_and_its_id_from_the_bodies() {
    let lab = crate::testing::Lab::new();
    let request = LocationRequest::new(
        RequestId::new("7").expect("valid"),
        id("alice@a.example"),
        vec![id("bob@b.example")],
    );
    let own = xml_schemas::ids::Psi::new("sip:lms_psi@a.example").expect("valid");
    let world = lab.world("lms");
    let envelope = crate::carriage::Envelope {
        uri: "sip:lms_psi@b.example",
        own: &own,
        asserts: true,
        ids: &*world.ids,
    };
    let carrying = crate::carriage::compose(&envelope, &request.split()).expect("composes");
    let on_the_wire = |request: &sip::Request| {
        let mut out = bytes::BytesMut::new();
        request.print(b"SIP/2.0/TLS lms;branch=z9hG4bK1", &mut out);
        sip::Message::parse(out.freeze(), &sip::Limits::default()).expect("a message")
    };
    let known = ("7".to_owned(), "MESSAGE location-information-request".to_owned());
    assert_eq!(passing(&on_the_wire(&carrying)), known);
    let bare = sip::Request::new(sip::Method::Options, "sip:b.example");
    assert_eq!(passing(&on_the_wire(&bare)), (String::new(), "OPTIONS".to_owned()));
}

#[test]
fn a_migration_says_both_ids_the_profile_and_the_outcome() {
    let request = MigrationServiceAuthorizationRequest {
        correlation: Correlation::named(RequestId::new("1").expect("valid")),
        service: McService::McVideo,
        partner: id("m0417@b.example"),
        primary: id("alice@a.example"),
        profile: ProfileIndex(3),
    };
    let ids = "sip:alice@a.example is here sip:m0417@b.example";
    assert_eq!(summary(&request.split()), format!("mcvideo, {ids}\nuser profile 3"));
    let answered = |outcome| summary(&request.clone().answer(outcome).split());
    assert_eq!(answered(Outcome::Success), format!("mcvideo, {ids}\nmigrated"));
    let refusal = Refusal { code: Some(75), text: Some("user not expected".into()) };
    let refused = answered(Outcome::Failure(refusal));
    assert_eq!(refused, format!("mcvideo, {ids}\nrefused, 75 user not expected"));
}

#[test]
fn settings_of_a_migrating_user_say_who_he_is_and_never_the_token() {
    let publication = Publication {
        service: McService::Mcptt,
        access_token: Some(AccessToken::new("secret.secret.secret")),
        client_id: Some("urn:uuid:1".into()),
        profile: Some(ProfileIndex(3)),
        migrates: Some(Migrates {
            partner: Some(id("m0417@b.example")),
            primary: id("alice@a.example"),
            request_id: Some(RequestId::new("1").expect("valid")),
        }),
        settings: None,
    };
    let drawn = summary(&publication.split());
    assert_eq!(drawn, "mcptt, sip:alice@a.example is here sip:m0417@b.example\nuser profile 3");
    let settings = PocSettings::of_client("urn:uuid:1", Some(ProfileIndex(3)));
    let at_home = Publication { migrates: None, settings: Some(settings), ..publication };
    assert_eq!(summary(&at_home.split()), "user profile 3");
}

#[test]
fn c10_17_2_administration_is_told_by_who_asks_of_whom_and_by_what_came_of_it() {
    let actor = |name: &str| Actor::user(id(name));
    let target = Addressee::User(id("admin9@partner.example"));
    let request_id = RequestId::new("r-1").expect("valid");
    let request = AddMigrationUsersRequest {
        heading: Heading::new(request_id, actor("admin1@primary.example"), target),
        users: vec![id("carol@primary.example")],
    };
    let told = "initiator sip:admin1@primary.example\ntarget sip:admin9@partner.example\nuser sip:carol@primary.example";
    assert_eq!(summary(&request.split()), told);
    assert_eq!(flow_id(&request.split()), "r-1");
    let admission = Admission::Refused(Refusal { code: Some(94), text: Some("no".into()) });
    let users = vec![UserAdmission { primary: request.users[0].clone(), admission }];
    let answer = request.answer(actor("admin9@partner.example"), users);
    let told = "handler sip:admin9@partner.example\nuser sip:carol@primary.example: refused: no\nfail: no";
    assert_eq!(summary(&answer.split()), told);
}
