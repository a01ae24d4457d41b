//! TS 23.280 10.6.3: the other servers of a system learn where its users work.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use futures::FutureExt as _;
use kit::{Cause, testing::End};
use systems::{ALICE, Way, World, id, visitor};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, RequestId},
    migration::{
        MigrationChanged, MigrationServiceAuthorizationRequest as Asks, Outcome, Whereabouts,
        WhereaboutsRequest,
    },
};

const A: &str = "a.example";
const B: &str = "b.example";
const C: &str = "c.example";
const LMS: &str = "lms1.core.a.example";

fn question() -> WhereaboutsRequest {
    WhereaboutsRequest {
        request_id: RequestId::new("w-1").unwrap(),
        service: McService::Mcptt,
        users: vec![id(ALICE)],
    }
}

fn told(world: &World) -> Vec<MigrationChanged> {
    world.sent(LMS)
}

#[test]
fn own_servers_hear_that_a_user_has_gone_and_ask_where_he_works() {
    let world = World::new();
    assert_eq!(world.asked_from_inside(A, LMS, &question()), (200, None));
    world.lab.run();
    assert_eq!(
        world.sent::<Whereabouts>(LMS).last().map(|answer| answer.of(&id(ALICE)).cloned()),
        Some(None)
    );
    world.migrates(B);
    world.seconds(1);
    assert_eq!(told(&world).len(), 1);
    assert_eq!(told(&world)[0].users, [id(ALICE)]);
    assert_eq!(
        world.asked_from_inside(
            A,
            LMS,
            &WhereaboutsRequest { request_id: RequestId::new("w-2").unwrap(), ..question() }
        ),
        (200, None)
    );
    world.lab.run();
    let answer = world.sent::<Whereabouts>(LMS).pop().unwrap();
    assert_eq!(answer.of(&id(ALICE)), Some(&visitor(B)));
    world.registers(B, "visitor", 0);
    world.seconds(60);
    assert_eq!(told(&world).len(), 2, "and that he is back");
}

/// 10.9.3.10.2 asks for each user where he works: nothing is wrong with that where no migration is configured.
#[test]
fn c10_6_3_where_nobody_migrates_an_own_server_is_told_that_everybody_works_here() {
    let world = World::configured(|_, config| config.migration = None);
    assert_eq!(world.asked_from_inside(A, LMS, &question()), (200, None));
    world.lab.run();
    let answer = world.sent::<Whereabouts>(LMS).pop().expect("is answered");
    assert_eq!((answer.places.len(), answer.of(&id(ALICE))), (1, None));
    let other = world.asked_from_inside(A, "acm1.core.a.example", &question());
    assert_eq!(other.0, 403, "nobody else asks");
}

#[test]
fn they_hear_of_nobody_before_both_systems_agree() {
    let world = World::new();
    world.way(B, Way::Down);
    world.migrates(B);
    world.seconds(1);
    assert!(world.is_marked() && told(&world).is_empty(), "the answer has not arrived");
    world.way(B, Way::Open);
    world.seconds(120);
    assert!(!told(&world).is_empty() && world.agree(B), "and of whatever has changed since");
}

#[test]
fn who_cannot_be_told_at_once_is_told_later() {
    for end in [End::Silent, End::Response(sip::Response::new(503))] {
        let world = World::new();
        world.lab.connect("mcs1.core.a.example", LMS, end);
        world.migrates(B);
        world.seconds(1);
        let is_confirmed = world.migrations(A).marks().iter().all(|mark| mark.is_confirmed);
        assert!(is_confirmed && world.migrations(A).has_letters(), "kept with the agreement of both systems");
    }
    let world = World::new();
    world.lab.connect("mcs1.core.a.example", LMS, End::Response(sip::Response::new(503)));
    world.migrates(B);
    world.lab.connect("mcs1.core.a.example", LMS, End::Response(sip::Response::new(200)));
    let before = told(&world).len();
    world.seconds(300);
    assert!(told(&world).len() > before && !world.migrations(A).has_letters());
}

/// What the location management server is told of where alice works.
fn whereabouts(world: &World, named: &str) -> Option<McServiceId> {
    let request_id = RequestId::new(named).unwrap();
    let question = WhereaboutsRequest { request_id, ..question() };
    assert_eq!(world.asked_from_inside(A, LMS, &question), (200, None));
    world.lab.run();
    world.sent::<Whereabouts>(LMS).pop().unwrap().of(&id(ALICE)).cloned()
}

/// How many letters wait at `a.example`.
fn letters(world: &World) -> usize {
    let kept = world.store(A).scan(b"service/migration/letter/", None, 1000).now_or_never();
    kept.unwrap().unwrap().len()
}

/// Whatever leaves `a.example` for another system is accepted there.
fn accept_all(world: &World) {
    world.lab.connect("mcs1.core.a.example", "mcgw.a.example", End::Response(sip::Response::new(200)));
}

#[test]
fn they_hear_of_an_agreement_once_it_is_kept() {
    let world = World::new();
    world.migrates(B);
    assert!(told(&world).is_empty() && !world.migrations(A).marks()[0].is_confirmed);
    world.lab.connect("mcs1.core.a.example", LMS, End::Response(sip::Response::new(503)));
    world.seconds(1);
    assert!(world.migrations(A).marks()[0].is_confirmed);
    let world = world.restart(Duration::ZERO);
    assert_eq!(told(&world).len(), 1, "by the process that comes after");
}

#[test]
fn what_a_partner_system_has_not_accepted_is_nobodys_place_of_work() {
    let world = World::new();
    world.way(B, Way::Down);
    assert_eq!(world.says(B, A, &World::request(B, Some("r-1"))), (200, None));
    world.seconds(5);
    assert!(world.is_marked());
    assert_eq!(whereabouts(&world, "w-1"), None, "its bare word");
}

#[test]
fn c10_6_3_he_works_where_he_was_until_a_second_partner_has_accepted_him() {
    let world = World::new();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(5);
    world.way(C, Way::Down);
    assert_eq!(world.says(C, A, &World::request(C, Some("c-1"))), (200, None));
    world.seconds(60);
    assert!(world.is_authorized(B, &visitor(B)) && !world.is_authorized(A, &id(ALICE)));
    assert_eq!(whereabouts(&world, "w-1"), Some(visitor(B)));
    let world = world.restart(Duration::from_secs(1));
    assert_eq!(whereabouts(&world, "w-2"), Some(visitor(B)), "after a restart too");
    // The second one has him not: it says so of what it is told.
    world.way(C, Way::Open);
    world.seconds(300);
    let [mark] = &world.migrations(A).marks()[..] else { unreachable!("one mark") };
    assert_eq!((mark.system.as_str(), mark.is_confirmed, mark.former.is_none()), (B, true, true));
    assert!(world.is_authorized(B, &visitor(B)) && world.agree(B) && !world.migrations(A).has_letters());
}

#[test]
fn c10_6_3_who_leaves_where_he_was_while_a_second_partner_is_asked_about_is_nowhere() {
    let world = World::new();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(5);
    world.way(C, Way::Down);
    assert_eq!(world.says(C, A, &World::request(C, Some("c-1"))), (200, None));
    world.registers(B, "visitor", 0);
    world.seconds(5);
    assert_eq!(whereabouts(&world, "w-1"), None);
    world.way(C, Way::Open);
    world.seconds(300);
    assert!(!world.is_marked() && world.agree(B));
}

#[test]
fn c10_6_3_an_administrator_ends_what_holds_and_what_is_asked_for() {
    let world = World::new();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(5);
    world.way(C, Way::Down);
    assert_eq!(world.says(C, A, &World::request(C, Some("c-1"))), (200, None));
    world.revokes(A, ALICE).unwrap();
    world.seconds(5);
    assert!(!world.is_marked() && !world.is_authorized(B, &visitor(B)));
    assert_eq!(world.ended(B), [Some(Cause::Revoked)]);
}

#[test]
fn one_notice_is_of_all_who_have_gone_within_a_moment() {
    let world = World::new();
    accept_all(&world);
    let dave = Asks {
        partner: id("sip:m2@b.example"),
        primary: id("sip:dave@a.example"),
        ..World::request(B, Some("r-2"))
    };
    for request in [World::request(B, Some("r-1")), dave] {
        assert_eq!(world.says(B, A, &request), (200, None));
    }
    world.seconds(1);
    let [notice] = &told(&world)[..] else { unreachable!("one notice") };
    assert_eq!(notice.users, [id(ALICE), id("sip:dave@a.example")]);
    assert_eq!(
        world.asked_from_inside(A, LMS, &WhereaboutsRequest { users: notice.users.clone(), ..question() }),
        (200, None)
    );
    world.lab.run();
    let answer = world.sent::<Whereabouts>(LMS).pop().unwrap();
    assert_eq!(answer.of(&id(ALICE)), Some(&visitor(B)));
    assert_eq!(answer.of(&id("sip:dave@a.example")), Some(&id("sip:m2@b.example")));
}

#[test]
fn an_own_server_that_is_away_has_one_letter_for_each_user_however_often_he_comes_and_goes() {
    let world = World::new();
    accept_all(&world);
    world.lab.connect("mcs1.core.a.example", LMS, End::Response(sip::Response::new(503)));
    for number in 0..10 {
        assert_eq!(world.says(B, A, &World::request(B, Some(&format!("r-{number}")))), (200, None));
        world.seconds(1);
        world.revokes(A, ALICE).unwrap();
        world.seconds(1);
    }
    assert_eq!(letters(&world), 1);
    world.lab.connect("mcs1.core.a.example", LMS, End::Response(sip::Response::new(200)));
    world.seconds(300);
    assert_eq!(letters(&world), 0);
}

#[test]
fn news_of_one_user_leaves_the_letter_about_others_in_its_place() {
    let world = World::new();
    accept_all(&world);
    world.lab.connect("mcs1.core.a.example", LMS, End::Response(sip::Response::new(503)));
    let dave = Asks {
        partner: id("sip:m2@b.example"),
        primary: id("sip:dave@a.example"),
        ..World::request(B, Some("r-2"))
    };
    for request in [World::request(B, Some("r-1")), dave] {
        assert_eq!(world.says(B, A, &request), (200, None));
    }
    world.seconds(1);
    let kept = || {
        let kept = world.store(A).scan(b"service/migration/letter/", None, 1000).now_or_never();
        let kept = kept.unwrap().unwrap().into_iter();
        kept.map(|entry| (entry.key, String::from_utf8_lossy(&entry.record.value).contains("alice")))
            .collect::<Vec<_>>()
    };
    let before = kept();
    assert!(matches!(&before[..], [(_, true)]), "one of both");
    world.revokes(A, ALICE).unwrap();
    world.seconds(1);
    let after = kept();
    assert!(after.contains(&(before[0].0.clone(), false)), "he has still to be heard of: {after:?}");
    assert_eq!(after.iter().filter(|(_, is_hers)| *is_hers).count(), 1);
    world.lab.connect("mcs1.core.a.example", LMS, End::Response(sip::Response::new(200)));
    world.seconds(300);
    assert_eq!(letters(&world), 0);
}

#[test]
fn an_own_server_that_is_away_for_a_week_is_written_to_no_more() {
    let world = World::new();
    world.migrates(B);
    world.lab.connect("mcs1.core.a.example", LMS, End::Response(sip::Response::new(503)));
    world.seconds(1);
    assert!(world.migrations(A).has_letters());
    // A day later his publication has ended, and there is other news of him.
    for _ in 0..9 {
        world.seconds(86_400);
    }
    assert!(!world.migrations(A).has_letters());
}

#[test]
fn nobody_else_is_told() {
    let world = World::new();
    world.migrates(B);
    let core = "sip-core.core.a.example";
    assert_eq!(world.asked_from_inside(A, "cms1.core.a.example", &question()).0, 403);
    assert_ne!(world.asked_from_inside(A, core, &question()).0, 200);
    assert_eq!(world.says(B, A, &question()), (403, Some(Cause::RequesterNotAuthorized)));
    assert!(world.sent::<Whereabouts>(LMS).is_empty());
}
