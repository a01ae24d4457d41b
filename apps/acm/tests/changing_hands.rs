//! TS 23.280 10.17.7.2 step 4: an alias changes hands between the choice of its holder and the commit of what he is given.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod gate;
mod systems;

use acm::Case;
use gate::Gate;
use systems::*;
use xml_schemas::acm::{
    Addressee, GroupInformationProvisionRequest as Provision, GroupInformationProvisionResponse as Provided,
};

const DUTY: &str = "duty";
const CASES: &str = "acm/case/";
const WAITING: &str = "acm/wait/";

fn has(case: Option<Case>) -> Option<String> {
    case?.handler.map(|id| id.user().to_owned())
}

fn held_in(system: &'static str) -> (World, Gate) {
    let gate = Gate::default();
    let world = World::over(&|of, store| if of == system { gate.over(store) } else { store });
    (world, gate)
}

/// Each of them first, and whom it is with once all is still.
#[test]
fn a_request_whose_alias_changes_hands_as_it_is_kept_is_with_whoever_holds_it_then() {
    for (before, after, expected) in [
        (&["admin8"][..], &["admin9"][..], Some("admin9")),
        (&[], &["admin9"], Some("admin9")),
        (&["admin8"], &[], None),
        (&["admin8"], &["admin9", "admin8"], Some("admin8")),
    ] {
        let (world, gate) = held_in(B);
        ["admin8", "admin9"].iter().for_each(|name| world.logs_on(B, name));
        world.holds(B, DUTY, before);
        gate.close(CASES);
        world.says(A, ASKER, &provision_to_role("r-1", DUTY));
        world.lab.run();
        assert!(gate.is_waited_at());
        world.holds(B, DUTY, after);
        gate.open();
        world.lab.run();
        assert_eq!(has(world.received("r-1")).as_deref(), expected, "{before:?} {after:?}");
        let told = world.told::<Provision>(B).len();
        assert_eq!(told, usize::from(expected.is_some()), "{before:?} {after:?}");
    }
}

#[test]
fn a_response_whose_alias_changes_hands_as_it_is_kept_is_with_whoever_holds_it_then() {
    let (world, gate) = held_in(A);
    ["admin1", "admin2"].iter().for_each(|name| world.logs_on(A, name));
    world.holds(A, "chief", &[ASKER]);
    let mut asked = provision("r-1");
    asked.heading.initiator.alias = Some(alias("chief", A));
    assert_eq!(world.says(A, ASKER, &asked), (200, None));
    world.lab.run();
    let mut answer = yes(&asked);
    answer.heading.target = Addressee::Alias(alias("chief", A));
    gate.close(CASES);
    assert_eq!(world.says(B, DECIDER, &answer), (200, None));
    world.lab.run();
    assert!(gate.is_waited_at());
    world.holds(A, "chief", &["admin2"]);
    gate.open();
    world.lab.run();
    assert_eq!(has(world.asked("r-1")).as_deref(), Some("admin2"));
    assert!(world.told::<Provided>(A).contains(&answer));
}

/// It is given to another as its holder leaves: meanwhile that one has let go of the alias too.
#[test]
fn what_is_handed_on_as_its_next_holder_lets_go_goes_on_to_whoever_holds_the_alias_then() {
    let (world, gate) = held_in(B);
    ["admin2", "admin8", "admin9"].iter().for_each(|name| world.logs_on(B, name));
    world.holds(B, DUTY, &["admin8"]);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.lab.run();
    gate.close(CASES);
    world.holds(B, DUTY, &["admin9"]);
    assert!(gate.is_waited_at());
    world.holds(B, DUTY, &["admin2"]);
    gate.open();
    world.lab.run();
    assert_eq!(has(world.received("r-1")).as_deref(), Some("admin2"));
}

/// What his client asks for is read as it goes to another, and struck from what waits for him as it comes back.
#[test]
fn what_comes_back_to_somebody_as_he_asks_what_waits_for_him_waits_for_him() {
    let (world, gate) = held_in(B);
    ["admin8", "admin9"].iter().for_each(|name| world.logs_on(B, name));
    world.holds(B, DUTY, &["admin8"]);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.lab.run();
    gate.close_to_readers(CASES);
    assert_eq!(world.says(B, "admin8", &pending("admin8", B)), (200, None));
    world.lab.run();
    assert!(gate.is_waited_at(), "what waits for him is known, and not yet what it is");
    world.holds(B, DUTY, &["admin9"]);
    gate.open();
    gate.close_to_deletions(WAITING);
    world.lab.run();
    assert!(gate.is_waited_at(), "it is with another by now");
    world.holds(B, DUTY, &["admin8"]);
    assert_eq!(has(world.received("r-1")).as_deref(), Some("admin8"));
    gate.open();
    world.lab.run();
    assert_eq!(world.records(B, WAITING), 1, "it waits for him");
}
