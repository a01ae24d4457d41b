//! TS 23.280 10.9.3.10.2: on-demand request of location information across MC systems.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::time::Duration;

use kit::{
    Cause,
    testing::{End, arrival},
};
use locations::{
    Config,
    config::{AskRule, Whom},
};
use two_servers::{Mood, World, codes, id, mc_service_server, open, partner};
use wire::WireError;
use xml_schemas::{
    ids::{RequestId, SystemId},
    location::{LocationReport, Refusal, TargetAnswer, TargetReport},
};

const CLAUSE: &str = "10.9.3.10.2";
const A: &str = "lms1.core.a.example";
const B: &str = "lms1.core.b.example";

fn status(answer: &sip::Message) -> u16 {
    answer.status().expect("a response")
}

fn code(cause: Cause) -> Option<u16> {
    Some(cause.code())
}

#[test]
fn steps_1_to_7_are_taken_in_order_and_the_position_arrives() {
    let world = World::new();
    let answer = world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    assert_eq!(status(&answer), 200);
    let report = world.report("alice@a.example");
    let TargetAnswer::Located(position) = &report.targets[0].answer else { panic!("{report:?}") };
    let point = position.coordinate().expect("a point");
    assert!(
        (point.latitude.degrees() - 40.4168).abs() < 1e-4
            && (point.longitude.degrees() + 3.7038).abs() < 1e-4
    );
    let steps = [(A, 1), (A, 2), (A, 3), (B, 3), (B, 4), (B, 5), (B, 6), (A, 7)];
    assert_eq!(world.steps(CLAUSE), steps.map(|(who, step)| (who.to_owned(), step)));
    assert_eq!(world.steps("10.9.3.2"), [(B.to_owned(), 1), (B.to_owned(), 3)]);
}

#[test]
fn step_1_an_mc_service_server_asks_for_a_user_that_it_names() {
    let mut a = open(&["alice@a.example"]);
    a.servers.push(mc_service_server());
    let world = World::of(a, open(&["bob@b.example"]));
    world.lab.connect(A, "mcs1.core.a.example", End::Response(sip::Response::new(200)));
    let server = arrival("inner", "mcs1.core.a.example");
    let request = world.request("alice@a.example", &["bob@b.example"]);
    let answer =
        world.deliver("a.example", &request, server.clone(), "sip:mcptt_psi@a.example").expect("answered");
    assert_eq!(status(&answer), 200);
    let is_report = |sent: &sip::Message| {
        let name = b"location-information-report";
        sent.bytes().windows(name.len()).any(|bytes| bytes == name)
    };
    // It is also asked where users work.
    let mut reports = world.lab.sent("mcs1.core.a.example");
    reports.retain(|sent| is_report(sent));
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].request_uri(), b"sip:mcptt_psi@a.example");

    let mut foreign = world.request("bob@b.example", &["bob@b.example"]);
    foreign.request_id = RequestId::new("flow-2").expect("valid");
    let refused = world.deliver("a.example", &foreign, server, "sip:mcptt_psi@a.example").expect("answered");
    assert_eq!(Cause::from_response(&refused), Cause::RequesterNotAuthorized);
}

#[test]
fn step_1_a_client_asks_for_itself_only() {
    let world = World::new();
    let answer = world.ask("anna@a.example", world.request("alice@a.example", &["bob@b.example"]));
    assert_eq!((status(&answer), Cause::from_response(&answer)), (403, Cause::RequesterNotAuthorized));
    let answer = world.send("nobody@a.example", &world.request("nobody@a.example", &["bob@b.example"]));
    assert_eq!((status(&answer), Cause::from_response(&answer)), (403, Cause::RequesterUnknown));
    assert!(world.lab.sent("mcgw.a.example").is_empty());
}

#[test]
fn step_1_who_proves_nothing_is_refused() {
    let world = World::new();
    let request = world.request("alice@a.example", &["bob@b.example"]);
    let stranger = arrival("inner", "sip-core.evil.example");
    let answer = world.deliver("a.example", &request, stranger, "sip:alice@a.example").expect("answered");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (403, Cause::UnknownPartner));
}

#[test]
fn step_2_decides_for_each_pair_of_requester_and_target() {
    let mut a = open(&["alice@a.example"]);
    let not_bob = AskRule {
        name: "not-bob".into(),
        requester: Whom::Anyone,
        target: Whom::User(id("bob@b.example")),
        allow: false,
    };
    a.ask.insert(0, not_bob);
    let world = World::of(a, open(&["bob@b.example", "carol@b.example"]));
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example", "carol@b.example"]));
    let report = world.report("alice@a.example");
    assert_eq!(codes(&report), [code(Cause::RequesterNotAuthorized), None]);
    assert!(world.client_of("bob@b.example").asked.lock().expect("lock").is_empty());
    let asked = &world.lab.sent("mcgw.a.example")[0];
    assert!(!String::from_utf8_lossy(asked.body()).contains("bob@b.example"), "bob must not be asked for");
}

#[test]
fn step_2_refused_for_all_targets_reports_without_asking_anybody() {
    let mut a = open(&["alice@a.example"]);
    a.ask.clear();
    let world = World::of(a, open(&["bob@b.example"]));
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::RequesterNotAuthorized)]);
    assert!(world.lab.sent("mcgw.a.example").is_empty());
}

#[test]
fn step_3_goes_to_the_partners_service_identity_and_names_both_systems() {
    let world = World::new();
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    let sent = &world.lab.sent("mcgw.a.example")[0];
    assert_eq!(sent.request_uri(), b"sip:lms_psi@b.example");
    let body = String::from_utf8_lossy(sent.body()).into_owned();
    assert!(
        body.contains("<mcsURI>sip:a.example</mcsURI>") && body.contains("<mcsURI>sip:b.example</mcsURI>"),
        "{body}"
    );
}

#[test]
fn step_3_nothing_internal_is_in_what_is_sent_to_a_partner() {
    let world = World::new();
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    for message in world.lab.sent("mcgw.a.example").iter().chain(&world.lab.sent("mcgw.b.example")) {
        let text = String::from_utf8_lossy(message.bytes()).into_owned();
        assert!(!text.contains(".core.") && !text.contains("127.0.0.1"), "{text}");
    }
}

#[test]
fn precondition_the_targets_system_is_interconnected() {
    let world = World::new();
    world.ask("alice@a.example", world.request("alice@a.example", &["dave@c.example", "bob@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::UnknownPartner), None]);
}

#[test]
fn precondition_partners_that_are_read_again_count_from_the_next_request_on() {
    let world = World::new();
    let replace = |partners| {
        let config = open(&["alice@a.example", "anna@a.example"]);
        locations::replace(&world.servers["a.example"], config, partners);
    };
    replace(Vec::new());
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::UnknownPartner)]);
    replace(vec![partner("b.example", "a.example")]);
    world.ask("anna@a.example", world.request("anna@a.example", &["bob@b.example"]));
    assert_eq!(codes(&world.report("anna@a.example")), [None]);
}

#[test]
fn step_2_rules_that_are_read_again_count_from_the_next_request_on() {
    let world = World::new();
    let users = ["alice@a.example", "anna@a.example"];
    let targets = ["bob@b.example", "anna@a.example"];
    let replace = |config: Config| {
        let partners = vec![partner("b.example", "a.example")];
        locations::replace(&world.servers["a.example"], config, partners);
    };
    replace(Config { ask: Vec::new(), ..open(&users) });
    world.ask("alice@a.example", world.request("alice@a.example", &targets));
    let refused = code(Cause::RequesterNotAuthorized);
    assert_eq!(codes(&world.report("alice@a.example")), [refused, refused]);
    replace(open(&users));
    world.ask("anna@a.example", world.request("anna@a.example", &targets));
    assert_eq!(codes(&world.report("anna@a.example")), [None, None], "and whoever was logged on still is");
}

#[test]
fn step_3_a_partner_that_cannot_be_reached_is_told_as_such() {
    let world = World::new();
    world.lab.connect(A, "mcgw.a.example", End::Fails(WireError::Unreachable("refused".into())));
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::PartnerUnreachable)]);
}

#[test]
fn step_3_a_refusal_of_the_gateway_keeps_its_cause() {
    for cause in [Cause::NotPermitted, Cause::UnknownTarget, Cause::Overloaded] {
        let world = World::new();
        world.lab.connect(A, "mcgw.a.example", End::Response(cause.response("mcgw.a.example")));
        world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
        assert_eq!(codes(&world.report("alice@a.example")), [code(cause)]);
    }
}

#[test]
fn step_3_a_silent_partner_is_reported_as_timed_out_after_the_deadline_and_not_before() {
    let world = World::new();
    world.lab.connect(A, "mcgw.a.example", End::Response(sip::Response::new(200)));
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example", "anna@a.example"]));
    world.lab.advance(Duration::from_millis(9_999));
    assert!(!world.has_report("alice@a.example"));
    world.lab.advance(Duration::from_millis(1));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::TimedOut), None]);
}

#[test]
fn step_3_a_partner_that_never_accepts_is_timed_out_too() {
    let world = World::new();
    world.lab.connect(A, "mcgw.a.example", End::Silent);
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    world.lab.advance(Duration::from_secs(10));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::TimedOut)]);
}

fn result(target: &str) -> TargetReport {
    TargetReport { target: id(target), answer: TargetAnswer::Refused(Refusal { code: Some(31), text: None }) }
}

fn report_of(targets: &[&str], request_id: &str) -> LocationReport {
    LocationReport {
        request_id: RequestId::new(request_id).expect("valid"),
        mc_service: None,
        requesting_system: None,
        target_system: None,
        requester: id("alice@a.example"),
        targets: targets.iter().map(|target| result(target)).collect(),
    }
}

#[test]
fn step_3_two_requesters_may_use_one_request_id_towards_one_partner() {
    for (mood, expected) in [(Mood::At(1.0, 2.0), None), (Mood::Silent, code(Cause::TimedOut))] {
        let world = World::new();
        world.mood("bob@b.example", mood);
        for name in ["alice@a.example", "anna@a.example"] {
            assert_eq!(status(&world.ask(name, world.request(name, &["bob@b.example"]))), 200);
        }
        world.lab.advance(Duration::from_secs(4));
        for name in ["alice@a.example", "anna@a.example"] {
            let report = world.report(name);
            assert_eq!((codes(&report), report.request_id.as_str()), (vec![expected], "flow-1"), "{name}");
        }
    }
}

#[test]
fn step_6_results_for_targets_that_were_not_asked_of_that_partner_are_dropped_and_recorded() {
    let world = World::new();
    world.lab.connect(A, "mcgw.a.example", End::Response(sip::Response::new(200)));
    world.mood("anna@a.example", Mood::At(1.0, 2.0));
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example", "anna@a.example"]));
    let report = report_of(&["bob@b.example", "anna@a.example", "carol@b.example"], "flow-1");
    let gateway = arrival("inner", "mcgw.a.example");
    let answer = world.deliver("a.example", &report, gateway, "sip:mcgw@b.example").expect("answered");
    assert_eq!(status(&answer), 200);
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::TargetRefuses), None]);
    let dropped = world.lab.ladder().render(kit::ladder::Format::Text);
    assert_eq!(dropped.matches("accept-result: refuse").count(), 2, "{dropped}");
}

#[test]
fn step_6_a_report_that_speaks_for_another_target_system_is_dropped() {
    for (system, expected) in [("c.example", Cause::Unspecified), ("b.example", Cause::TargetRefuses)] {
        let world = World::new();
        world.lab.connect(A, "mcgw.a.example", End::Response(sip::Response::new(200)));
        world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
        let mut report = report_of(&["bob@b.example"], "flow-1");
        report.target_system = SystemId::new(system).ok();
        world.deliver("a.example", &report, arrival("inner", "mcgw.a.example"), "sip:mcgw@b.example");
        assert_eq!(codes(&world.report("alice@a.example")), [code(expected)]);
    }
}

#[test]
fn step_6_a_target_that_the_report_leaves_out_is_reported_as_failed() {
    let world = World::new();
    world.lab.connect(A, "mcgw.a.example", End::Response(sip::Response::new(200)));
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example", "carol@b.example"]));
    let gateway = arrival("inner", "mcgw.a.example");
    world.deliver("a.example", &report_of(&["bob@b.example"], "flow-1"), gateway, "sip:mcgw@b.example");
    assert_eq!(
        codes(&world.report("alice@a.example")),
        [code(Cause::TargetRefuses), code(Cause::Unspecified)]
    );
}

#[test]
fn step_6_a_report_counts_only_from_the_partner_that_was_asked_and_under_its_request_id() {
    let world = World::new();
    world.lab.connect(A, "mcgw.a.example", End::Response(sip::Response::new(200)));
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    let gateway = || arrival("inner", "mcgw.a.example");
    let other_id = report_of(&["bob@b.example"], "flow-2");
    let answer = world.deliver("a.example", &other_id, gateway(), "sip:mcgw@b.example").expect("answered");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (404, Cause::UnmatchedReport));
    let of_a_user = world.send("anna@a.example", &report_of(&["bob@b.example"], "flow-1"));
    assert_eq!(Cause::from_response(&of_a_user), Cause::UnmatchedReport);
    assert!(!world.has_report("alice@a.example"));
    world.lab.advance(Duration::from_secs(10));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::TimedOut)]);
    let late = report_of(&["bob@b.example"], "flow-1");
    let answer = world.deliver("a.example", &late, gateway(), "sip:mcgw@b.example").expect("answered");
    assert_eq!(Cause::from_response(&answer), Cause::UnmatchedReport);
}

#[test]
fn step_7_a_list_over_several_systems_is_answered_once_in_the_order_of_the_request() {
    let world = World::new();
    let targets = ["bob@b.example", "anna@a.example", "nobody@a.example", "carol@b.example"];
    world.ask("alice@a.example", world.request("alice@a.example", &targets));
    let report = world.report("alice@a.example");
    assert_eq!(
        report.targets.iter().map(|target| target.target.clone()).collect::<Vec<_>>(),
        targets.map(id)
    );
    assert_eq!(codes(&report), [None, None, code(Cause::UnknownUser), None]);
    assert_eq!(world.lab.sent("mcgw.a.example").len(), 1, "one request for both users of B");
}

#[test]
fn a_repeated_request_is_accepted_again_and_started_once() {
    let world = World::new();
    let request = world.request("alice@a.example", &["bob@b.example"]);
    assert_eq!(status(&world.ask("alice@a.example", request.clone())), 200);
    assert_eq!(status(&world.ask("alice@a.example", request)), 200);
    assert_eq!(world.lab.sent("mcgw.a.example").len(), 1);
    world.report("alice@a.example");
    let other = world.request("alice@a.example", &["carol@b.example"]);
    assert_eq!(Cause::from_response(&world.ask("alice@a.example", other)), Cause::RepeatedRequest);
}

#[test]
fn a_list_that_is_too_long_is_413() {
    let mut a = open(&["alice@a.example"]);
    a.max_targets = 1;
    let world = World::of(a, open(&["bob@b.example"]));
    let answer =
        world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example", "carol@b.example"]));
    assert_eq!((status(&answer), Cause::from_response(&answer)), (413, Cause::TooLarge));
}

#[test]
fn precondition_a_request_without_a_target_is_refused() {
    let world = World::new();
    let answer = world.ask("alice@a.example", world.request("alice@a.example", &[]));
    assert_eq!((status(&answer), Cause::from_response(&answer)), (400, Cause::MalformedBody));
    assert!(world.steps(CLAUSE).is_empty());
}
