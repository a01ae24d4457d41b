//! TS 23.280 10.6.3: the other servers of a system learn where its users work.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use kit::{Cause, testing::End};
use systems::{ALICE, Way, World, id, visitor};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::RequestId,
    migration::{MigrationChanged, Whereabouts, WhereaboutsRequest},
};

const A: &str = "a.example";
const B: &str = "b.example";
const LMS: &str = "lms1.core.a.example";

fn question() -> WhereaboutsRequest {
    WhereaboutsRequest {
        request_id: RequestId::new("w-1").unwrap(),
        service: McService::Mcptt,
        primary: id(ALICE),
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
    assert_eq!(world.sent::<Whereabouts>(LMS).last().map(|answer| answer.partner.clone()), Some(None));
    world.migrates(B);
    assert_eq!(told(&world).len(), 1);
    assert_eq!(told(&world)[0].primary, id(ALICE));
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
    assert_eq!((answer.primary, answer.partner), (id(ALICE), Some(visitor(B))));
    world.registers(B, "visitor", 0);
    world.seconds(60);
    assert_eq!(told(&world).len(), 2, "and that he is back");
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

#[test]
fn who_has_heard_of_a_migration_hears_of_its_end_though_the_first_was_not_kept() {
    let world = World::new();
    world.migrates(B);
    assert_eq!(told(&world).len(), 1, "the own server knows; the store does not yet");
    assert!(!world.migrations(A).marks()[0].is_confirmed);
    let world = world.restart_at_once(Duration::ZERO);
    world.revokes(A, ALICE).unwrap();
    world.seconds(60);
    assert!(!world.is_marked() && world.agree(B));
    assert!(!told(&world).is_empty(), "that he is back");
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
