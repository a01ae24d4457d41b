//! Whoever may be told no longer: RFC 6665 clauses 4.1.3 and 4.2.2.

use super::*;

#[test]
fn c4_2_2_whoever_may_no_longer_is_told_that_in_place_of_a_change() {
    let world = World::new();
    world.subscribe("a", 3600);
    let _ = world.heard();
    world.shelf.set("closed", "1");
    world.change("a", "2");
    assert_eq!(last_state(&world), "terminated;reason=rejected");
    assert_eq!(world.heard(), ["", "over None"]);
    assert!(world.notifier.is_empty());
    let kept = futures::executor::block_on(world.store.scan(b"events/", None, 10)).unwrap();
    assert!(kept.is_empty(), "nothing is kept of it");
}

#[test]
fn c4_2_2_whoever_may_no_longer_by_other_rules_is_told_that_at_once() {
    let world = World::new();
    world.subscribe("a", 3600);
    let before = world.notifies();
    world.notifier.review();
    world.lab.run();
    assert_eq!(world.notifies(), before, "who still may hears nothing");
    world.shelf.set("closed", "1");
    world.notifier.review();
    world.lab.run();
    assert_eq!((world.notifies(), last_state(&world).as_str()), (before + 1, "terminated;reason=rejected"));
    assert!(world.notifier.is_empty());
}

#[test]
fn c4_2_2_whoever_may_no_longer_after_a_restart_is_told_that() {
    let world = World::new();
    world.shelf.set("a", "1");
    world.subscribe("a", 3600);
    let _ = world.heard();
    world.shelf.set("closed", "1");
    let again = notifier(&world.lab, &world.shelf, &world.store);
    serve(&world.lab, &again);
    futures::executor::block_on(again.resume(|owner| owner == "one")).unwrap();
    world.lab.run();
    assert_eq!((world.heard(), again.len()), (vec![String::new(), "over None".to_owned()], 0));
}

#[test]
fn c4_2_2_what_can_be_told_no_longer_ends_the_subscription_and_a_fault_does_not() {
    let world = World::new();
    world.subscribe("a", 3600);
    let _ = world.heard();
    world.shelf.set("full", "1");
    world.change("a", "2");
    assert_eq!(last_state(&world), "terminated;reason=rejected");
    assert!(world.notifier.is_empty());
}
