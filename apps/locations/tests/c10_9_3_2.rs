//! TS 23.280 10.9.3.2: on-demand location within one MC system, alone and as step 5 of 10.9.3.10.2.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::time::Duration;

use kit::{Cause, testing::End};
use locations::config::{Tell, TellRule, Whom};
use two_servers::{Mood, World, codes, id, open};
use xml_schemas::{
    Timestamp,
    ids::RequestId,
    location::{
        ClientAnswer, ClientLocationReport, Coordinate, LocationItem, Position, Refusal, TargetAnswer,
    },
};

const ALICE: &str = "alice@a.example";
const BOB: &str = "bob@b.example";
const CAROL: &str = "carol@b.example";

fn code(cause: Cause) -> Option<u16> {
    Some(cause.code())
}

fn own_report(who: &str, at: f64, taken_at: Option<&str>) -> ClientLocationReport {
    let point = Coordinate::from_degrees(at, at).expect("on earth");
    let taken_at: Timestamp = taken_at.unwrap_or("2026-03-02T09:00:00Z").parse().expect("a time");
    ClientLocationReport {
        request_id: RequestId::new("own").expect("valid"),
        reporter: Some(id(who)),
        answer: ClientAnswer::Located(Box::new(Position::new(point, taken_at))),
    }
}

fn latitude(world: &World) -> f64 {
    let report = world.report(ALICE);
    let TargetAnswer::Located(position) = &report.targets[0].answer else { panic!("{report:?}") };
    position.coordinate().expect("a point").latitude.degrees()
}

#[test]
fn a_user_of_the_own_system_is_located_without_leaving_it() {
    let world = World::new();
    world.ask(ALICE, world.request(ALICE, &["anna@a.example"]));
    assert_eq!(codes(&world.report(ALICE)), [None]);
    assert!(world.lab.sent("mcgw.a.example").is_empty());
}

#[test]
fn the_users_rules_hold_within_the_own_system_too() {
    let mut a = open(&[ALICE, "anna@a.example"]);
    a.users[1].share.push(two_servers::anyone(Tell::Refuse));
    let world = World::of(a, open(&[BOB]));
    world.ask(ALICE, world.request(ALICE, &["anna@a.example"]));
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::TargetRefuses)]);
}

#[test]
fn the_clients_silence_is_timed_out_before_the_partner_loses_patience() {
    let world = World::new();
    world.mood(BOB, Mood::Silent);
    world.ask(ALICE, world.request(ALICE, &[BOB]));
    world.lab.advance(Duration::from_millis(3_999));
    assert!(!world.has_report(ALICE));
    world.lab.advance(Duration::from_millis(1));
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::TimedOut)]);
}

#[test]
fn a_client_that_the_core_cannot_find_is_logged_off() {
    let world = World::new();
    world.lab.connect("lms1.core.b.example", "sip-core.b.example", End::Response(sip::Response::new(404)));
    world.ask(ALICE, world.request(ALICE, &[BOB]));
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::LoggedOff)]);
}

#[test]
fn a_registration_that_has_expired_is_logged_off() {
    let world = World::new();
    world.lab.advance(Duration::from_secs(600));
    world.ask(ALICE, world.request(ALICE, &[BOB]));
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::LoggedOff)]);
    assert_eq!(world.log_on(BOB, 600), 200);
    assert_eq!(world.log_on("nobody@b.example", 600), 404);
}

/// Whoever is of A is told only what he agrees to.
fn ask_me() -> TellRule {
    TellRule { name: "ask-me".into(), requester: Whom::System("a.example".into()), answer: Tell::AskUser }
}

fn with_permission() -> World {
    let mut b = open(&[BOB, CAROL]);
    b.users[0].share.push(ask_me());
    World::of(open(&[ALICE]), b)
}

#[test]
fn step_2_the_user_is_told_who_asks_and_the_report_is_the_yes() {
    let world = with_permission();
    world.ask(ALICE, world.request(ALICE, &[BOB]));
    assert_eq!(codes(&world.report(ALICE)), [None]);
    let asked = world.client_of(BOB).asked.lock().expect("lock").clone();
    assert_eq!(asked[0].requester, Some(id(ALICE)));
}

#[test]
fn step_2_the_user_is_asked_even_where_the_last_known_position_would_do() {
    let world = with_permission();
    world.send(BOB, &own_report(BOB, 10.0, None));
    world.mood(BOB, Mood::Denies(code(Cause::UserDenied)));
    let request = xml_schemas::location::LocationRequest { refresh: false, ..world.request(ALICE, &[BOB]) };
    world.ask(ALICE, request);
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::UserDenied)]);
}

#[test]
fn step_2_what_a_user_has_told_to_one_requester_is_told_to_no_other_later() {
    let world = with_permission();
    world.ask(ALICE, world.request(ALICE, &[BOB]));
    assert_eq!(codes(&world.report(ALICE)), [None], "he says yes");
    assert_eq!(last_known_to_carol(&world), [code(Cause::NoPosition)]);
}

/// What Carol learns who asks without a refresh, which a rule allows.
fn last_known_to_carol(world: &World) -> Vec<Option<u16>> {
    let request = xml_schemas::location::LocationRequest { refresh: false, ..world.request(CAROL, &[BOB]) };
    world.ask(CAROL, request);
    codes(&world.report(CAROL))
}

/// What Bob's terminal reports to what it was asked last.
fn his_yes(world: &World) -> ClientLocationReport {
    let asked = world.client_of(BOB).asked.lock().expect("lock").last().cloned().expect("was asked");
    ClientLocationReport { request_id: asked.request_id, ..own_report(BOB, 10.0, None) }
}

#[test]
fn step_2_a_yes_that_comes_late_is_told_to_nobody() {
    let mut world = with_permission();
    world.mood(BOB, Mood::Silent);
    world.ask(ALICE, world.request(ALICE, &[BOB]));
    world.lab.advance(Duration::from_secs(9));
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::TimedOut)]);
    let late = his_yes(&world);
    assert_eq!(world.send(BOB, &late).status(), Some(200));
    assert_eq!(last_known_to_carol(&world), [code(Cause::NoPosition)]);

    // A server that has started again since knows no open question.
    let mut b = open(&[BOB, CAROL]);
    b.users[0].share.push(ask_me());
    world.restart("b.example", b);
    assert_eq!(world.send(BOB, &late).status(), Some(200));
    assert_eq!(last_known_to_carol(&world), [code(Cause::NoPosition)]);
}

#[test]
fn step_2_a_yes_that_comes_twice_is_told_once() {
    let world = with_permission();
    world.ask(ALICE, world.request(ALICE, &[BOB]));
    assert_eq!(codes(&world.report(ALICE)), [None]);
    // Its 200 was lost, say.
    assert_eq!(world.send(BOB, &his_yes(&world)).status(), Some(403), "a repeat");
    assert_eq!(last_known_to_carol(&world), [code(Cause::NoPosition)]);
}

#[test]
fn step_2_a_request_id_that_leaves_no_room_for_a_mark_is_asked_by_another() {
    let world = with_permission();
    let long = RequestId::new(&"r".repeat(128)).expect("valid");
    let request = xml_schemas::location::LocationRequest { request_id: long, ..world.request(ALICE, &[BOB]) };
    world.mood(BOB, Mood::Silent);
    world.ask(ALICE, request);
    world.lab.advance(Duration::from_secs(9));
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::TimedOut)]);
    assert_eq!(world.send(BOB, &his_yes(&world)).status(), Some(200));
    assert_eq!(last_known_to_carol(&world), [code(Cause::NoPosition)]);
}

#[test]
fn step_2_a_user_may_take_longer_than_a_fix() {
    let world = with_permission();
    world.mood(BOB, Mood::Silent);
    world.ask(ALICE, world.request(ALICE, &[BOB]));
    world.lab.advance(Duration::from_millis(7_999));
    assert!(!world.has_report(ALICE));
    world.lab.advance(Duration::from_millis(1));
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::TimedOut)]);
}

#[test]
fn who_is_not_to_be_asked_is_not_told_who_asks() {
    let world = World::new();
    world.ask(ALICE, world.request(ALICE, &[BOB]));
    assert_eq!(world.client_of(BOB).asked.lock().expect("lock")[0].requester, None);
}

#[test]
fn a_clients_refusal_keeps_the_causes_that_a_client_may_give() {
    let causes = [
        (code(Cause::UserDenied), Cause::UserDenied),
        (code(Cause::NoPosition), Cause::NoPosition),
        (code(Cause::UnknownPartner), Cause::UserDenied),
        (None, Cause::UserDenied),
    ];
    for (said, reported) in causes {
        let world = World::new();
        world.mood(BOB, Mood::Denies(said));
        world.ask(ALICE, world.request(ALICE, &[BOB]));
        assert_eq!(codes(&world.report(ALICE)), [code(reported)], "{said:?}");
    }
}

#[test]
fn refresh_false_gives_the_last_known_position_with_its_time_and_leaves_the_client_alone() {
    let world = World::new();
    world.send(BOB, &own_report(BOB, 10.0, Some("2026-03-02T09:30:00Z")));
    // An older one that arrives later is not the last.
    let older = ClientLocationReport {
        request_id: RequestId::new("own-2").expect("valid"),
        ..own_report(BOB, 20.0, Some("2026-03-02T09:10:00Z"))
    };
    assert_eq!(world.send(BOB, &older).status(), Some(200));
    let request = xml_schemas::location::LocationRequest { refresh: false, ..world.request(ALICE, &[BOB]) };
    world.ask(ALICE, request);
    assert!((latitude(&world) - 10.0).abs() < 1e-4);
    let report = world.report(ALICE);
    let TargetAnswer::Located(position) = &report.targets[0].answer else { panic!("{report:?}") };
    assert_eq!(position.taken_at(), "2026-03-02T09:30:00Z".parse().ok());
    assert!(world.client_of(BOB).asked.lock().expect("lock").is_empty());
}

#[test]
fn refresh_false_without_a_position_says_so() {
    let world = World::new();
    let request = xml_schemas::location::LocationRequest { refresh: false, ..world.request(ALICE, &[BOB]) };
    world.ask(ALICE, request);
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::NoPosition)]);
}

#[test]
fn where_somebody_was_who_is_a_user_no_more_is_forgotten() {
    let world = World::new();
    let reload = |users: &[&str]| {
        let partners = vec![two_servers::partner("a.example", "b.example")];
        locations::replace(&world.servers["b.example"], open(users), partners);
    };
    for who in [BOB, CAROL] {
        assert_eq!(world.send(who, &own_report(who, 10.0, None)).status(), Some(200));
    }
    reload(&[CAROL]);
    reload(&[BOB, CAROL]);
    let request = world.request(ALICE, &[BOB, CAROL]);
    world.ask(ALICE, xml_schemas::location::LocationRequest { refresh: false, ..request });
    assert_eq!(codes(&world.report(ALICE)), [code(Cause::NoPosition), None]);
}

#[test]
fn the_switch_for_stale_positions_answers_for_the_logged_off_and_the_silent() {
    let mut b = open(&[BOB, "carol@b.example"]);
    b.stale_instead_of_nothing = true;
    let world = World::of(open(&[ALICE]), b);
    world.send(BOB, &own_report(BOB, 10.0, None));
    world.log_on(BOB, 0);
    world.mood("carol@b.example", Mood::Silent);
    world.ask(ALICE, world.request(ALICE, &[BOB, "carol@b.example"]));
    world.lab.advance(Duration::from_secs(4));
    assert_eq!(codes(&world.report(ALICE)), [None, code(Cause::NoPosition)]);
}

#[test]
fn only_what_was_asked_for_is_reported() {
    let world = World::new();
    let mut request = world.request(ALICE, &[BOB]);
    request.requested = vec![LocationItem::ServingCell];
    world.ask(ALICE, request);
    let report = world.report(ALICE);
    let TargetAnswer::Located(position) = &report.targets[0].answer else { panic!("{report:?}") };
    assert_eq!(position.coordinate(), None);
    assert!(position.taken_at().is_some());
}

#[test]
fn a_client_reports_for_itself_only() {
    let world = World::new();
    let answer = world.send("carol@b.example", &own_report(BOB, 10.0, None));
    assert_eq!(Cause::from_response(&answer), Cause::ForeignIdentity);
    let answer = world.send("nobody@b.example", &own_report("nobody@b.example", 10.0, None));
    assert_eq!(Cause::from_response(&answer), Cause::RequesterUnknown);
}

#[test]
fn a_refusal_that_answers_nothing_is_unmatched() {
    let world = World::new();
    let answer = ClientAnswer::Refused(Refusal::default());
    let refusal = ClientLocationReport { answer, ..own_report(BOB, 10.0, None) };
    assert_eq!(Cause::from_response(&world.send(BOB, &refusal)), Cause::UnmatchedReport);
}
