//! TS 22.280 [R-6.1-004], TS 33.180 clause 10: every act and decision about migrations stands in the audit log of the MC service
//! server where it happened, with who did it and by which rule.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use audit::Entry;
use futures::FutureExt as _;
use service::migration::Visitors;
use systems::{ALICE, How, Way, World, id, visitor};
use xml_schemas::migration::Outcome;

const A: &str = "a.example";
const B: &str = "b.example";
const C: &str = "c.example";

fn acts(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.act.as_str()).collect()
}

fn of<'e>(entries: &'e [Entry], act: &str) -> &'e Entry {
    entries.iter().find(|entry| entry.act == act).unwrap_or_else(|| panic!("{act} in {:?}", acts(entries)))
}

fn ruling(entry: &Entry) -> (&str, &str) {
    entry.ruling.as_ref().map_or(("", ""), |ruling| (ruling.verdict.as_str(), ruling.rule.as_str()))
}

#[test]
fn who_has_migrated_by_which_rule_and_who_was_admitted_stand_in_both_logs() {
    let world = World::new();
    world.returns();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    let (here, there) = (world.entries(A), world.entries(B));
    let marked = of(&here, "migration.marked");
    assert_eq!(
        (marked.by.as_str(), marked.partner.as_deref(), ruling(marked)),
        (B, Some(B), ("allow", "allow"))
    );
    assert_eq!(marked.on, [ALICE, visitor(B).as_str()]);
    assert_eq!(acts(&there), ["migration.visit.asked", "migration.visit.admitted"]);
    assert_eq!(of(&there, "migration.visit.admitted").by, A);
}

#[test]
fn who_may_not_go_stands_with_the_rule_that_said_so_in_one_log_and_with_the_cause_in_the_other() {
    let world = World::of(|system, migration| {
        if system == A {
            migration.partners.iter_mut().for_each(|partner| partner.allow.clear());
        }
    });
    assert!(matches!(world.migrates(B), Some(Outcome::Failure(_))));
    let (here, there) = (world.entries(A), world.entries(B));
    let refused = of(&here, "migration.refused");
    assert_eq!((refused.by.as_str(), ruling(refused).1), (B, "default"));
    assert!(ruling(refused).0.starts_with("refuse "), "{refused:?}");
    assert!(!acts(&here).contains(&"migration.marked"));
    let refused = of(&there, "migration.visit.refused");
    assert!(refused.with.contains_key("cause"), "{refused:?}");
}

#[test]
fn who_is_not_expected_stands_with_why() {
    let world = World::of(|system, migration| {
        if system == B {
            migration.partners.iter_mut().for_each(|partner| partner.visitors = Visitors::None);
        }
    });
    assert!(matches!(world.migrates(B), Some(Outcome::Failure(_))));
    let there = world.entries(B);
    let expected = ["migration.visit.asked", "migration.visit.not-expected", "migration.visit.refused"];
    assert_eq!(acts(&there), expected);
    assert_eq!(ruling(of(&there, "migration.visit.not-expected")).1, "visitors: none");
    assert_eq!(of(&there, "migration.visit.refused").with["cause"], kit::Cause::NotExpected.name());
}

#[test]
fn a_yes_that_is_taken_back_stands_as_revoked_in_both_logs() {
    let world = World::new();
    world.returns();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.systems[A].revoke_migration(&id(ALICE)).now_or_never().expect("never busy").expect("is kept");
    world.lab.run();
    let (here, there) = (world.entries(A), world.entries(B));
    assert_eq!(of(&here, "migration.ended").with["cause"], kit::Cause::Revoked.name());
    assert_eq!(of(&there, "migration.visit.ended").with["cause"], kit::Cause::Revoked.name());
}

#[test]
fn a_commit_that_fails_leaves_neither_the_mark_nor_its_entry() {
    let world = World::new();
    world.returns();
    let before = acts(&world.entries(A)).len();
    world.faulty(A).at(1, How::Refused);
    world.migrates(B);
    let marks = world.systems[A].migrations().map(|migrations| migrations.marks().len()).unwrap_or_default();
    let entries = world.entries(A);
    let marked = entries.iter().filter(|entry| entry.act == "migration.marked").count();
    assert_eq!(marks, marked, "{:?}", acts(&entries));
    assert!(entries.len() >= before);
}

/// Alice works in B, and C has asked for her, which does not hear the yes.
fn pending() -> World {
    let world = World::new();
    world.returns();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(5);
    world.way(C, Way::Down);
    assert_eq!(world.says(C, A, &World::request(C, Some("c-1"))), (200, None));
    world.lab.run();
    world
}

/// Act, system, by whom and why, of all that has ended since.
fn ends(world: &World) -> Vec<(String, String, Option<String>)> {
    let entries = world.entries(A).into_iter().filter(|entry| entry.act == "migration.ended");
    entries
        .map(|entry| (entry.partner.unwrap_or_default(), entry.by, entry.with.get("cause").cloned()))
        .collect()
}

const OWN: &str = "sip:mcptt_psi@a.example";

fn ended(system: &str, by: &str, cause: Option<kit::Cause>) -> (String, String, Option<String>) {
    (system.to_owned(), by.to_owned(), cause.map(|cause| cause.name().to_owned()))
}

#[test]
fn who_asks_again_where_he_works_while_a_second_partner_is_waited_for_stands_with_the_rule() {
    let world = pending();
    assert_eq!(world.says(B, A, &World::request(B, Some("r-9"))), (200, None));
    let here = world.entries(A);
    let marked: Vec<_> = here.iter().filter(|entry| entry.act == "migration.marked").collect();
    assert_eq!(marked.iter().map(|entry| entry.by.as_str()).collect::<Vec<_>>(), [B, C, B]);
    assert!(marked.iter().all(|entry| ruling(entry) == ("allow", "allow")));
    assert!(!acts(&here).contains(&"migration.restored"), "{:?}", acts(&here));
    assert_eq!(ends(&world), [ended(C, OWN, Some(kit::Cause::Superseded))]);
}

#[test]
fn a_mark_that_holds_again_and_the_one_that_came_to_nothing_both_stand() {
    let world = pending();
    world.way(C, Way::Open);
    world.seconds(120);
    let here = world.entries(A);
    let restored = of(&here, "migration.restored");
    assert_eq!((restored.by.as_str(), restored.partner.as_deref()), (OWN, Some(B)));
    assert_eq!(ends(&world), [ended(C, OWN, Some(kit::Cause::NotMigrated))]);
}

#[test]
fn who_leaves_where_he_works_while_a_second_partner_is_waited_for_stands_as_the_partner_said_it() {
    let world = pending();
    world.registers(B, "visitor", 0);
    world.seconds(1);
    assert_eq!(ends(&world), [ended(B, B, None)]);
}

#[test]
fn what_held_and_what_was_asked_for_both_stand_as_ended() {
    let world = pending();
    world.revokes(A, ALICE).unwrap();
    let revoked = Some(kit::Cause::Revoked);
    assert_eq!(ends(&world), [ended(C, OWN, revoked), ended(B, OWN, revoked)]);
}

#[test]
fn a_second_partner_that_has_accepted_ends_what_held() {
    let world = World::new();
    world.returns();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(5);
    assert_eq!(world.migrates(C), Some(Outcome::Success));
    world.seconds(5);
    assert_eq!(ends(&world), [ended(B, OWN, Some(kit::Cause::Superseded))]);
    let there = world.entries(B);
    assert_eq!(of(&there, "migration.visit.ended").by, A, "by the primary system's word");
}
