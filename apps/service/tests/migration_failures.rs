//! TS 23.280 10.6.3.3 with each message between the systems lost in turn, in each way in which it can be, and with the processes of both
//! killed at each moment: in the end both systems agree on the user, and nothing is left to be told.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use systems::{Way, World, visitor};

const A: &str = "a.example";
const B: &str = "b.example";

/// More than there are messages in a migration and its end.
const MESSAGES: usize = 5;

fn settled(world: &World, what: &str) {
    assert!(world.agree(B), "{what}: the systems disagree");
    let is_visitor = world.migrations(B).visits().iter().any(service::migration::Visit::is_admitted);
    assert_eq!(world.is_authorized(B, &visitor(B)), is_visitor, "{what}: authorized as recorded");
    for system in [A, B] {
        assert!(!world.migrations(system).has_letters(), "{what}: {system} has still something to tell");
    }
    assert!(
        !world.migrations(B).visits().iter().any(service::migration::Visit::is_asking),
        "{what}: still asking"
    );
    assert!(world.migrations(A).marks().iter().all(|mark| mark.is_confirmed), "{what}: not confirmed");
}

#[test]
fn each_message_is_lost_in_each_way_and_both_systems_agree() {
    for way in [Way::Down, Way::Mute, Way::Unanswered] {
        for number in 1..=MESSAGES {
            let what = format!("message {number} {way:?}");
            let world = World::new();
            world.nth(number, way);
            let is_done_at_once = world.migrates(B).is_some();
            assert!(number > 2 || way == Way::Unanswered || !is_done_at_once, "{what}: it was not lost");
            world.seconds(300);
            // What was never answered is given up by its process alone.
            let world = world.restart(Duration::from_secs(1));
            world.seconds(300);
            settled(&world, &what);
            world.nth(number, way);
            world.registers(B, "visitor", 0);
            world.seconds(300);
            let world = world.restart(Duration::from_secs(1));
            world.seconds(300);
            settled(&world, &format!("{what}, and back"));
            assert!(!world.is_marked(), "{what}: he has left");
        }
    }
}

#[test]
fn both_are_killed_while_each_message_is_under_way() {
    for way in [Way::Mute, Way::Unanswered] {
        for number in 1..=MESSAGES {
            let what = format!("killed at message {number} {way:?}");
            let world = World::new();
            world.nth(number, way);
            world.migrates(B);
            let world = world.restart(Duration::from_secs(1));
            world.seconds(300);
            settled(&world, &what);
            assert!(world.is_marked(), "{what}: what was begun is done");
        }
    }
}
