//! TS 23.280 clause 10.6.2: a user who logs on at home while both systems come to agree that he works in the other one is authorized in
//! one of them, however the two commits fall.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use systems::{ALICE, World, id, visitor};
use xml_schemas::migration::Outcome;

const A: &str = "a.example";
const B: &str = "b.example";

/// Nothing of what was begun at home is left, not even once the migration is over.
fn is_authorized_abroad_alone(world: &World) {
    assert!(world.migrations(A).marks().iter().all(|mark| mark.is_confirmed) && world.agree(B));
    assert!(!world.is_authorized(A, &id(ALICE)) && world.is_authorized(B, &visitor(B)));
    world.revokes(A, ALICE).unwrap();
    assert!(!world.is_authorized(A, &id(ALICE)), "without a log-on since then");
}

#[test]
fn a_registration_that_is_refreshed_while_they_come_to_agree_is_no_log_on() {
    let world = World::new();
    assert_eq!(world.returns(), (200, None));
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    assert!(!world.migrations(A).marks()[0].is_confirmed);
    // Looked at before both systems agree, and written after.
    world.faulty(A).holds_next_commit();
    world.registers_soon(A, "alice");
    world.lab.run();
    assert!(world.faulty(A).has_waiting());
    world.seconds(1);
    world.faulty(A).commits_what_waits();
    world.seconds(1);
    is_authorized_abroad_alone(&world);
}

#[test]
fn whoever_logs_on_and_is_said_meanwhile_to_work_elsewhere_is_not_authorized_behind_it() {
    let world = World::new();
    world.registers(A, "alice", 86_400);
    let at_home = world.home_publication();
    // Nobody has asked about her when it is looked at; when it is written she works in B.
    world.faulty(A).holds_next_commit();
    world.publishes_soon(A, "alice", &at_home);
    world.lab.run();
    assert!(world.faulty(A).has_waiting());
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(1);
    world.faulty(A).commits_what_waits();
    world.seconds(1);
    is_authorized_abroad_alone(&world);
    // Told so, she logs on again.
    assert_eq!(world.publishes(A, "alice", &at_home), (200, None));
    assert!(world.is_authorized(A, &id(ALICE)));
}
