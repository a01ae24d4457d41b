//! TS 23.280 10.17.2, group membership update: from the asking user to the group's home and back, and what it refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use acm::case::Stage;
use kit::Cause;
use systems::*;
use xml_schemas::acm::{
    Actor, GroupMembershipUpdateRequest as Update, GroupMembershipUpdateResponse as Updated, Outcome,
};

#[test]
fn a_membership_is_asked_for_decided_and_answered() {
    let world = World::new();
    world.logs_on(A, ASKER);
    world.logs_on(B, DECIDER);
    let asked = membership("r-1");
    assert_eq!(world.says(A, ASKER, &asked), (200, None));
    world.lab.run();
    assert_eq!(world.told::<Update>(B), std::slice::from_ref(&asked));
    let yes = asked.answer(Actor::user(user(DECIDER, B)), Outcome::Success);
    assert_eq!(world.says(B, DECIDER, &yes), (200, None));
    world.lab.run();
    assert_eq!(world.told::<Updated>(A), [yes]);
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered));
    assert_eq!(stage(world.received("r-1")), Some(Stage::Answered));
}

#[test]
fn at_home_users_of_others_and_groups_of_others_than_the_asked_are_refused() {
    let world = World::new();
    let foreign = Update { users: vec![user("x", "c.example")], ..membership("r-1") };
    assert_eq!(world.says(A, ASKER, &foreign), (403, Some(Cause::ForeignIdentity)));
    for home in [A, "c.example"] {
        let elsewhere = Update { group: group("flood-ops", home), ..membership("r-1") };
        assert_eq!(world.says(A, ASKER, &elsewhere), (404, Some(Cause::UnknownGroup)));
    }
}

#[test]
fn the_partner_refuses_users_of_others_and_groups_that_are_not_its_own() {
    for (wrong, cause) in [
        (Update { users: vec![user("x", "c.example")], ..membership("r-1") }, Cause::ForeignIdentity),
        (Update { group: group("flood-ops", A), ..membership("r-1") }, Cause::UnknownGroup),
    ] {
        let world = World::new();
        assert_eq!(world.between(A, B, &wrong), (200, None));
        world.lab.run();
        let responses: Vec<Updated> = world.sent("mcgw.b.example");
        let Outcome::Failure(why) = &responses[0].result else { panic!("it is refused") };
        assert_eq!(why.code.and_then(Cause::from_code), Some(cause));
    }
}
