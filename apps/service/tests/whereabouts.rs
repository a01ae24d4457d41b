//! TS 23.280 10.6.3: the other servers of a system learn where its users work.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use kit::Cause;
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
    assert_eq!(told(&world).len() % 2, usize::from(world.is_marked()), "as often as it has changed");
    assert!(world.agree(B));
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
