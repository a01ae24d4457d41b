//! TS 23.280 10.9.3.10.2 at the partner: steps 3 to 6.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::time::Duration;

use kit::{Cause, testing::arrival};
use locations::config::{Tell, TellRule, Whom};
use two_servers::{Mood, World, anyone, codes, open, partner};
use xml_schemas::ids::SystemId;

fn status(answer: &sip::Message) -> u16 {
    answer.status().expect("a response")
}

fn code(cause: Cause) -> Option<u16> {
    Some(cause.code())
}

#[test]
fn step_3_identities_outside_the_partners_domains_are_refused() {
    let world = World::new();
    let gateway = || arrival("inner", "mcgw.b.example");
    let foreign = world.request("bob@b.example", &["carol@b.example"]);
    let answer = world.deliver("b.example", &foreign, gateway(), "sip:mcgw@a.example").expect("answered");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (403, Cause::ForeignIdentity));

    let mut system = world.request("alice@a.example", &["carol@b.example"]);
    system.requesting_system = SystemId::new("c.example").ok();
    let answer = world.deliver("b.example", &system, gateway(), "sip:mcgw@a.example").expect("answered");
    assert_eq!(Cause::from_response(&answer), Cause::ForeignIdentity);

    let mut elsewhere = world.request("alice@a.example", &["carol@b.example"]);
    elsewhere.target_system = SystemId::new("c.example").ok();
    let answer = world.deliver("b.example", &elsewhere, gateway(), "sip:mcgw@a.example").expect("answered");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (404, Cause::UnknownTarget));

    let others = world.request("alice@a.example", &["carol@b.example", "dora@c.example"]);
    let answer = world.deliver("b.example", &others, gateway(), "sip:mcgw@a.example").expect("answered");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (404, Cause::UnknownTarget));
}

#[test]
fn step_4_a_user_level_rule_refuses() {
    let mut b = open(&["bob@b.example", "carol@b.example"]);
    b.users[0].share.push(anyone(Tell::Refuse));
    let world = World::of(open(&["alice@a.example"]), b);
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example", "carol@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::TargetRefuses), None]);
    assert!(
        world.client_of("bob@b.example").asked.lock().expect("lock").is_empty(),
        "refused before the client is asked"
    );
}

#[test]
fn step_4_general_policy_refuses() {
    let mut b = open(&["bob@b.example"]);
    b.tell = vec![TellRule {
        name: "not-a".into(),
        requester: Whom::System("a.example".into()),
        answer: Tell::Refuse,
    }];
    let world = World::of(open(&["alice@a.example"]), b);
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::PolicyRefuses)]);
}

#[test]
fn step_4_the_default_is_to_tell_nothing() {
    let mut b = open(&["bob@b.example"]);
    b.tell.clear();
    let world = World::of(open(&["alice@a.example"]), b);
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::PolicyRefuses)]);
}

#[test]
fn step_4_an_unknown_target_has_its_own_cause() {
    let world = World::new();
    world.ask("alice@a.example", world.request("alice@a.example", &["nobody@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::UnknownUser)]);
}

#[test]
fn step_4_the_privacy_switch_makes_unknown_and_refused_one() {
    let mut b = open(&["bob@b.example", "carol@b.example"]);
    b.users[0].share.push(anyone(Tell::Refuse));
    let mut b_to_a = partner("a.example", "b.example");
    b_to_a.merge_unknown_and_refused = true;
    let world =
        World::with_partners(open(&["alice@a.example"]), b, partner("b.example", "a.example"), b_to_a);
    world.mood("carol@b.example", Mood::Denies(None));
    let targets = ["bob@b.example", "nobody@b.example", "carol@b.example"];
    world.ask("alice@a.example", world.request("alice@a.example", &targets));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::NotDisclosed); 3]);
}

/// Both systems count each target with its cause: the one that tells less than it knows has the cause itself.
#[test]
fn steps_4_and_6_what_came_of_each_target_is_counted_at_both_systems() {
    let mut b = open(&["bob@b.example", "carol@b.example"]);
    b.users[0].share.push(anyone(Tell::Refuse));
    let mut b_to_a = partner("a.example", "b.example");
    b_to_a.merge_unknown_and_refused = true;
    let (a, a_to_b) = (open(&["alice@a.example", "anna@a.example"]), partner("b.example", "a.example"));
    let world = World::with_partners(a, b, a_to_b, b_to_a);
    world.mood("anna@a.example", Mood::Denies(None));
    let targets = ["bob@b.example", "nobody@b.example", "carol@b.example", "anna@a.example"];
    world.ask("alice@a.example", world.request("alice@a.example", &targets));
    let of = |entity: &str, partner: &str, cause: &str, count: u8| {
        format!(
            "{{entity=\"lms1.core.{entity}\",flow=\"location-request\",partner=\"{partner}\",cause=\"{cause}\"}} {count}"
        )
    };
    let expected = [
        of("a.example", "", "user-denied", 1),
        of("a.example", "b.example", "", 1),
        of("a.example", "b.example", "not-disclosed", 2),
        of("b.example", "a.example", "", 1),
        of("b.example", "a.example", "target-refuses", 1),
        of("b.example", "a.example", "unknown-user", 1),
    ];
    assert_eq!(world.parts(), expected);
}

#[test]
fn step_4_the_privacy_switch_hides_the_state_of_a_user_who_has_not_agreed() {
    let mut b = open(&["bob@b.example", "carol@b.example"]);
    b.tell = vec![anyone(Tell::AskUser)];
    for (merge, logged_off, silent) in
        [(true, Cause::NotDisclosed, Cause::NotDisclosed), (false, Cause::LoggedOff, Cause::TimedOut)]
    {
        let mut b_to_a = partner("a.example", "b.example");
        b_to_a.merge_unknown_and_refused = merge;
        let (a, a_to_b) = (open(&["alice@a.example"]), partner("b.example", "a.example"));
        let world = World::with_partners(a, b.clone(), a_to_b, b_to_a);
        world.log_on("bob@b.example", 0);
        world.mood("carol@b.example", Mood::Silent);
        world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example", "carol@b.example"]));
        world.lab.advance(Duration::from_secs(8));
        assert_eq!(codes(&world.report("alice@a.example")), [code(logged_off), code(silent)]);
    }
}

#[test]
fn step_5_a_logged_off_target_has_its_own_cause() {
    let world = World::new();
    assert_eq!(world.log_on("bob@b.example", 0), 200);
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example", "carol@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [code(Cause::LoggedOff), None]);
}

#[test]
fn step_6_is_one_report_with_everybody_who_could_be_located() {
    let world = World::new();
    world.mood("carol@b.example", Mood::Silent);
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example", "carol@b.example"]));
    world.lab.advance(Duration::from_secs(4));
    assert_eq!(codes(&world.report("alice@a.example")), [None, code(Cause::TimedOut)]);
    assert_eq!(world.lab.sent("mcgw.b.example").len(), 1);
}
