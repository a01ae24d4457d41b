//! How much one partner and one initiator may have open, and what may pile up: `[acm.limits]`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod neighbours;
mod systems;

use std::time::Duration;

use acm::{Config, case::Stage, config::Limits};
use futures::FutureExt as _;
use http::Method;
use kit::{Cause, testing::WebEnd};
use neighbours::{Fake, IDMS, configured};
use systems::*;
use xml_schemas::acm::{
    Actor, AddMigrationUsersRequest as Add, Addressee, GroupInformationProvisionRequest as Provision,
    Heading, State, StatusResponse,
};

const TOO_MANY: (u16, Option<Cause>) = (403, Some(Cause::TooManyOpen));

fn limited(of: &'static str, limits: Limits) -> impl Fn(&str, &mut Config) {
    move |system, config| {
        if system == of {
            config.limits = limits;
        }
        config.keep_closed = Duration::from_secs(2 * 86_400);
    }
}

fn by(initiator: &str, request: &str) -> Provision {
    let mut asked = provision(request);
    asked.heading.initiator.id = user(initiator, A);
    asked
}

#[test]
fn a_partner_has_so_many_requests_open_and_what_has_ended_does_not_count() {
    let world = World::of(limited(B, Limits { per_partner: 2, ..Limits::default() }));
    for request in ["r-1", "r-2", "r-3"] {
        assert_eq!(world.says(A, ASKER, &provision(request)), (200, None));
    }
    world.lab.run();
    let third = world.asked("r-3").unwrap();
    assert_eq!((third.stage, third.cause), (Stage::Refused, Some(Cause::TooManyOpen)), "he is told why");
    assert_eq!(stage(world.received("r-3")), None);
    assert_eq!(world.between(A, B, &by("admin2", "r-4")), TOO_MANY, "whoever asks there");
    assert_eq!(world.between(A, B, &provision("r-1")), (200, None), "a repeat is none more");
    world.says(B, DECIDER, &yes(&provision("r-1")));
    assert_eq!(world.between(A, B, &by("admin2", "r-4")), (200, None));
    assert_eq!(world.between(A, B, &by("admin2", "r-5")), TOO_MANY);
}

#[test]
fn an_initiator_has_so_many_requests_open_at_either_server() {
    let one = Limits { per_initiator: 1, ..Limits::default() };
    let world = World::of(limited(A, one));
    assert_eq!(world.says(A, ASKER, &provision("r-1")), (200, None));
    assert_eq!(world.says(A, ASKER, &provision("r-2")), TOO_MANY);
    assert_eq!(world.says(A, "admin2", &by("admin2", "r-3")), (200, None), "others may");
    world.lab.run();
    world.says(B, DECIDER, &no(&provision("r-1")));
    world.lab.run();
    assert_eq!(world.says(A, ASKER, &provision("r-2")), (200, None));

    let world = World::of(limited(B, one));
    assert_eq!(world.between(A, B, &provision("r-1")), (200, None));
    assert_eq!(world.between(A, B, &provision("r-2")), TOO_MANY);
    assert_eq!(world.between(A, B, &by("admin2", "r-3")), (200, None));
}

#[test]
fn a_partner_who_takes_no_answers_asks_no_more() {
    let world = World::of(limited(B, Limits { letters: 2, ..Limits::default() }));
    world.way(A, Way::Down);
    assert_eq!(world.between(A, B, &provision("r-1")), (200, None));
    assert_eq!(world.between(A, B, &provision("r-2")), (200, None));
    assert_eq!(world.between(A, B, &provision("r-3")), TOO_MANY);
    world.way(A, Way::Open);
    world.seconds(120);
    assert_eq!(world.between(A, B, &provision("r-3")), (200, None));
}

#[test]
fn a_partner_who_takes_nothing_is_asked_no_more() {
    let world = World::of(limited(A, Limits { letters: 2, ..Limits::default() }));
    world.way(B, Way::Down);
    assert_eq!(world.says(A, ASKER, &provision("r-1")), (200, None));
    assert_eq!(world.says(A, ASKER, &provision("r-2")), (200, None));
    assert_eq!(world.says(A, ASKER, &provision("r-3")), TOO_MANY);
    world.way(B, Way::Open);
    world.seconds(120);
    assert_eq!(world.says(A, ASKER, &provision("r-3")), (200, None));
}

#[test]
fn what_is_long_counts_for_more_than_one() {
    let world = World::of(limited(B, Limits { per_partner: 100, ..Limits::default() }));
    let long = |request: &str| {
        let mut asked = provision(request);
        asked.groups[0].name = Some("d".repeat(240_000));
        asked
    };
    assert_eq!(world.between(A, B, &long("r-1")), (200, None));
    assert_eq!(world.between(A, B, &long("r-2")), TOO_MANY);
    world.says(B, DECIDER, &no(&long("r-1")));
    world.seconds(1);
    assert_eq!(world.between(A, B, &long("r-2")), (200, None));
}

#[test]
fn what_is_refused_as_it_comes_is_kept_as_a_digest_for_a_while_and_so_many_times() {
    let world = World::of(limited(B, Limits { refused: 2, ..Limits::default() }));
    let nobody = |request: &str| {
        let mut asked = provision_to(request, Addressee::User(user("nobody", B)));
        asked.groups[0].name = Some("d".repeat(240_000));
        asked
    };
    assert_eq!(world.between(A, B, &nobody("r-1")), (200, None));
    let short = provision_to("r-2", Addressee::User(user("nobody", B)));
    assert_eq!(world.between(A, B, &short), (200, None));
    let kept = world.stores[B].scan(b"acm/case/", None, 9).now_or_never().unwrap().unwrap();
    let octets: Vec<usize> = kept.iter().map(|entry| entry.record.value.len()).collect();
    assert!(octets.len() == 2 && octets.iter().all(|octets| *octets < 2_048), "{octets:?}");
    let is_digest = |request| world.received(request).unwrap().request.is_digest();
    assert!(is_digest("r-1") && is_digest("r-2"), "however short it was");
    assert_eq!(world.between(A, B, &nobody("r-3")), TOO_MANY);
    assert_eq!(world.between(A, B, &nobody("r-1")), (200, None), "a repeat is known");
    let other = provision_to("r-1", Addressee::User(user("nobody", B)));
    assert_eq!(world.between(A, B, &other), (403, Some(Cause::RepeatedRequest)));
    assert_eq!(
        world.between(A, B, &provision("r-4")),
        (200, None),
        "what waits for a person has its own room"
    );
    world.seconds(8 * 86_400);
    assert_eq!((stage(world.received("r-1")), world.records(B, "acm/refused/")), (None, 0));
    assert_eq!(world.between(A, B, &nobody("r-3")), (200, None));
}

const TOO_MANY_ENDED: (u16, Option<Cause>) = (403, Some(Cause::TooManyEnded));

fn long(mut asked: Provision) -> Provision {
    asked.groups[0].name = Some("d".repeat(240_000));
    asked
}

/// Taken and taken back, by the partner's server.
fn come_and_go(world: &World, asked: &Provision) {
    assert_eq!(world.between(A, B, asked), (200, None));
    let mut withdrawal = withdrawal(asked.heading.request_id.as_str());
    withdrawal.initiator = asked.heading.initiator.clone();
    assert_eq!(world.between(A, B, &withdrawal), (200, None));
}

#[test]
fn what_a_partner_asks_and_takes_back_is_kept_so_many_times_and_no_longer_than_a_digest() {
    let limits = Limits { closed_per_initiator: 2, closed_per_partner: 3, ..Limits::default() };
    let world = World::of(limited(B, limits));
    for request in ["r-1", "r-2"] {
        come_and_go(&world, &long(provision(request)));
    }
    let kept = world.stores[B].scan(b"acm/case/", None, 9).now_or_never().unwrap().unwrap();
    let octets: Vec<usize> = kept.iter().map(|entry| entry.record.value.len()).collect();
    assert!(octets.len() == 2 && octets.iter().all(|octets| *octets < 2_048), "{octets:?}");
    assert_eq!(world.between(A, B, &provision("r-3")), TOO_MANY_ENDED, "of one initiator");
    come_and_go(&world, &by("admin2", "r-4"));
    assert_eq!(world.between(A, B, &by("admin8", "r-5")), TOO_MANY_ENDED, "of all his users");
    assert_eq!(world.between(A, B, &long(provision("r-1"))), (200, None), "a repeat is known");
    assert_eq!(world.between(A, B, &provision("r-1")), (403, Some(Cause::RepeatedRequest)));
    world.says(B, DECIDER, &status(DECIDER, B));
    world.lab.run();
    let listed = world.told::<StatusResponse>(B).pop().unwrap().items;
    assert!(listed.len() == 3 && listed.iter().all(|item| item.state == State::Withdrawn), "{listed:?}");
    world.seconds(2 * 86_400 + 60);
    assert_eq!((stage(world.received("r-1")), world.records(B, "acm/closed/")), (None, 0));
    assert_eq!(world.between(A, B, &provision("r-3")), (200, None));
}

#[test]
fn of_what_a_rule_decides_no_more_is_kept_and_what_a_person_answered_is_kept_whole() {
    let world = World::new();
    world.says(A, ASKER, &long(provision("r-1")));
    world.lab.run();
    world.says(B, DECIDER, &yes(&provision("r-1")));
    world.lab.run();
    let is_whole = |request: &str| world.received(request).unwrap().request.is_readable();
    assert!(is_whole("r-1"));
    world.reload(B, |config| {
        config.partners[0].handle = vec![always()];
    });
    world.says(A, ASKER, &long(provision("r-2")));
    world.says(A, ASKER, &provision("r-3"));
    world.lab.run();
    let stages = ["r-2", "r-3"].map(|request| stage(world.received(request)));
    assert_eq!(stages, [Some(Stage::Answered); 2]);
    assert_eq!((is_whole("r-2"), is_whole("r-3")), (false, true), "what is short is kept");
    assert!(world.asked("r-2").unwrap().request.is_readable(), "who asked is told what he asked");
}

#[test]
fn an_initiator_of_ours_has_so_many_that_ended_kept() {
    let world = World::of(limited(A, Limits { closed_per_initiator: 1, ..Limits::default() }));
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    world.says(B, DECIDER, &no(&provision("r-1")));
    world.lab.run();
    assert_eq!(world.says(A, ASKER, &provision("r-2")), TOO_MANY_ENDED);
    assert_eq!(world.says(A, "admin2", &by("admin2", "r-3")), (200, None), "others may");
    world.seconds(2 * 86_400 + 60);
    assert_eq!(world.says(A, ASKER, &provision("r-2")), (200, None));
}

#[test]
fn what_is_forgotten_while_its_end_is_still_to_be_told_is_no_new_request() {
    let world = World::new();
    let nobody = provision_to("r-1", Addressee::User(user("nobody", B)));
    world.way(A, Way::Down);
    assert_eq!(world.says(A, ASKER, &nobody), (200, None));
    world.lab.run();
    assert_eq!(stage(world.received("r-1")), Some(Stage::Refused));
    world.seconds(8 * 86_400);
    assert_eq!(stage(world.received("r-1")), None);
    world.reload(B, |config| {
        let user = acm::config::User {
            id: user("nobody", B),
            impu: kit::Impu::new("sip:nobody.imsi@b.example").unwrap(),
            handles: true,
        };
        config.users.push(user);
    });
    assert_eq!(world.between(A, B, &nobody), (200, None));
    assert_eq!(stage(world.received("r-1")), None, "it is not asked again");
    world.way(A, Way::Open);
    world.seconds(120);
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Refused));
}

#[test]
fn what_came_of_a_withdrawal_is_told_once_however_often_it_is_asked() {
    let world = World::new();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    world.way(A, Way::Down);
    assert_eq!(world.says(A, ASKER, &withdrawal("r-1")), (200, None));
    for _ in 0..20 {
        assert_eq!(world.between(A, B, &withdrawal("r-1")), (200, None));
    }
    assert_eq!(world.records(B, "acm/letter/"), 1);
    world.way(A, Way::Open);
    world.seconds(120);
    assert_eq!(world.between(A, B, &withdrawal("r-1")), (200, None), "whoever has not heard asks again");
    world.lab.run();
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Withdrawn));
}

#[test]
fn so_many_decisions_about_a_partners_requests_are_carried_out_at_once() {
    let world = World::of(|system, config| {
        configured(system, config);
        config.limits.works = 2;
        config.partners[0].handle = vec![always()];
    });
    let fake = Fake::beside(&world);
    world.lab.connect_web("acm1.core.b.example", IDMS, WebEnd::Silent);
    for number in 0..5 {
        let heading = Heading::new(
            request_id(&format!("u-{number}")),
            Actor::user(user(ASKER, A)),
            Addressee::User(user(DECIDER, B)),
        );
        let asked = Add { heading, users: vec![id(&format!("sip:carol{number}@a.example"))] };
        assert_eq!(world.between(A, B, &asked), (200, None));
    }
    world.lab.run();
    assert_eq!(world.lab.fetched(IDMS).len(), 2, "the others wait");
    fake.join(&world);
    world.seconds(300);
    for number in 0..5 {
        assert_eq!(stage(world.received(&format!("u-{number}"))), Some(Stage::Answered), "{number}");
    }
    let times = (0..5).map(|number| fake.count(&Method::PUT, &format!("sip:carol{number}@a.example")));
    assert!(times.sum::<usize>() >= 5);
    assert_eq!(world.records(B, "acm/work/"), 0);
    assert_eq!(world.records(B, "acm/open/"), 0, "nothing is open any more");
}
