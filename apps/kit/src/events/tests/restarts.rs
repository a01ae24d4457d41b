//! What becomes of subscriptions when the process that tells them ends: each is taken up by the next one, or by another replica.

use futures::executor::block_on;
use wire::WireError;

use super::{
    over::{kept, refreshed},
    *,
};

/// Another process of this name, which has taken up what the one before told.
fn taken_up(world: &World, replica: &str) -> Notifier<Shelf> {
    let setup = Setup { replica: replica.into(), ..setup(&world.lab, &world.store) };
    let again = Notifier::new(world.shelf.clone(), setup);
    serve(&world.lab, &again);
    assert_eq!(block_on(again.resume(|owner| owner == "one")).unwrap(), 1);
    world.lab.run();
    again
}

#[test]
fn c4_2_2_what_was_not_told_before_the_process_ended_is_told_by_the_next_however_old_the_subscription_is() {
    for replica in ["one", "two"] {
        let world = World::new();
        world.shelf.set("a", "1");
        world.subscribe("a b", 3600);
        world.lab.advance(Duration::from_secs(3100));
        assert_eq!(world.heard(), ["a=1 b=-", "a=1 b=-"], "it has been refreshed");
        world.shelf.set("a", "2");
        taken_up(&world, replica);
        assert_eq!(world.heard(), ["a=2 b=-"], "{replica}");
    }
}

#[test]
fn c4_2_1_4_an_end_that_could_not_be_told_is_told_after_a_restart_and_frees_its_place() {
    let world = World::new();
    let unreachable = End::Fails(WireError::Unreachable("cut".into()));
    let left = refreshed(&world, "0", || world.lab.connect(GMS, MCS, unreachable));
    assert_eq!((left.status(), kept(&world).len()), (Some(200), 1));
    world.lab.connect(GMS, MCS, End::Response(sip::Response::new(200)));
    let again = taken_up(&world, "one");
    assert_eq!(last_state(&world), "terminated;reason=timeout");
    assert!(again.is_empty() && kept(&world).is_empty());
}
