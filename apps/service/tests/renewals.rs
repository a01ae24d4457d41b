//! A visitor asks for something else: until his primary system has said yes to that he stays with what he was admitted with, and no
//! answer to what was asked before is taken for one to this. TS 23.280 10.6.3.3
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use kit::Cause;
use systems::{ALICE, Way, World, cause, id, visitor};
use xml_schemas::{
    body::{PocSettings, interconnection_info::McService},
    ids::RequestId,
    migration::{
        Correlation, MigrationServiceAuthorizationRequest as Asks,
        MigrationServiceAuthorizationResponse as Answers, Outcome, ProfileIndex, Publication,
    },
};

const A: &str = "a.example";
const B: &str = "b.example";

fn with(profile: u8) -> impl Fn(&mut Publication) {
    move |publication| {
        publication.profile = Some(ProfileIndex(profile));
        publication.settings = None;
    }
}

/// Of alice anything goes.
fn world() -> World {
    World::of(|system, migration| {
        if system == A {
            migration
                .partners
                .iter_mut()
                .flat_map(|partner| &mut partner.allow)
                .for_each(|rule| rule.profiles.clear());
        }
    })
}

/// Under which profile she is served there.
fn profile(world: &World) -> Option<u8> {
    world.systems[B].authorizations().profile(&visitor(B), world.now()).map(|profile| profile.0)
}

fn asked(world: &World) -> Vec<Asks> {
    world.sent("mcgw.b.example")
}

#[test]
fn the_profile_changes_with_the_primary_systems_yes_and_not_before() {
    let world = world();
    assert_eq!(world.asks(B, "r-1", with(3)), Some(Outcome::Success));
    world.way(A, Way::Mute);
    assert_eq!(world.asks(B, "r-2", with(4)), None);
    assert_eq!(profile(&world), Some(3), "nobody has said yes to another");
    let visit = world.migrations(B).visit(McService::Mcptt, &visitor(B)).unwrap();
    assert_eq!((visit.profile, visit.is_admitted(), visit.is_asking()), (ProfileIndex(3), true, true));
    world.seconds(10);
    assert_eq!(profile(&world), Some(3), "nor when it was given up");
    world.way(A, Way::Open);
    assert_eq!(world.asks(B, "r-3", with(4)), Some(Outcome::Success));
    assert_eq!(profile(&world), Some(4));
    world.seconds(60);
    assert!(world.agree(B) && world.is_marked());
}

#[test]
fn a_yes_to_one_profile_is_none_to_another() {
    let world = World::new();
    world.way(A, Way::Mute);
    assert_eq!(world.asks(B, "r-1", with(3)), None);
    assert_eq!(world.asks(B, "r-1", with(4)), None);
    let sent = asked(&world);
    let names: Vec<_> =
        sent.iter().map(|asked| (asked.profile.0, asked.correlation.request_id().cloned())).collect();
    assert_ne!(names[0].1, names.last().unwrap().1, "another question has another name: {names:?}");
    let yes_to_the_first = sent[0].answer(Outcome::Success);
    assert_eq!(world.says(A, B, &yes_to_the_first), (404, Some(Cause::UnmatchedReport)));
    world.lab.run();
    assert!(!world.is_authorized(B, &visitor(B)), "nobody has said yes to profile 4");
    world.way(A, Way::Open);
    world.seconds(300);
    assert!(!world.is_authorized(B, &visitor(B)) && !world.is_marked() && world.agree(B));
}

#[test]
fn the_same_question_has_the_same_name() {
    let world = World::new();
    assert_eq!(world.asks(B, "r-1", |_| ()), Some(Outcome::Success));
    assert_eq!(world.asks(B, "r-2", |_| ()), Some(Outcome::Success));
    let names: Vec<_> = asked(&world).iter().map(|asked| asked.correlation.request_id().cloned()).collect();
    assert_eq!(names, [RequestId::new("r-1").ok(), RequestId::new("r-1").ok()]);
    let told: Vec<_> =
        world.told::<Answers>(B).iter().map(|told| told.correlation.request_id().cloned()).collect();
    assert_eq!(told, [RequestId::new("r-1").ok(), RequestId::new("r-2").ok()], "each client's own");
}

#[test]
fn a_late_yes_to_a_renewal_that_was_given_up_is_no_reason_to_disagree() {
    let world = world();
    assert_eq!(world.asks(B, "r-1", with(3)), Some(Outcome::Success));
    world.way(B, Way::Down);
    assert_eq!(world.asks(B, "r-2", with(4)), None, "A has said yes, and nobody has heard it");
    world.seconds(12);
    let told = cause(world.told::<Answers>(B).pop().map(|answer| answer.outcome));
    assert_eq!(told, Some(Cause::TimedOut));
    world.way(B, Way::Open);
    world.seconds(120);
    assert!(world.agree(B) && world.is_marked() && world.is_authorized(B, &visitor(B)));
    let mark = world.migrations(A).mark(McService::Mcptt, &id(ALICE)).unwrap();
    let visit = world.migrations(B).visit(McService::Mcptt, &visitor(B)).unwrap();
    assert_eq!(mark.request_id, Some(visit.request_id), "both know it by the same name again");
    world.registers(B, "visitor", 0);
    world.seconds(60);
    assert!(!world.is_marked() && world.agree(B), "so that its end is understood");
}

#[test]
fn whoever_leaves_while_a_renewal_is_under_way_leaves_both() {
    let world = world();
    assert_eq!(world.asks(B, "r-1", with(3)), Some(Outcome::Success));
    world.way(B, Way::Down);
    assert_eq!(world.asks(B, "r-2", with(4)), None);
    world.registers(B, "visitor", 0);
    world.way(B, Way::Open);
    world.seconds(120);
    assert!(!world.is_marked() && world.agree(B) && world.migrations(B).visits().is_empty());
}

#[test]
fn a_peer_that_names_nothing_answers_what_is_asked() {
    let world = World::new();
    world.way(A, Way::Mute);
    assert_eq!(world.asks(B, "r-1", |_| ()), None);
    let by_ids = Answers {
        correlation: Correlation::by_ids(&visitor(B), &id(ALICE)),
        ..World::request(B, Some("r-1")).answer(Outcome::Success)
    };
    assert_eq!(world.says(A, B, &by_ids), (200, None));
    world.lab.run();
    assert!(world.is_authorized(B, &visitor(B)));
}

#[test]
fn a_no_to_another_profile_leaves_him_with_the_one_that_he_has() {
    let world = World::new();
    assert_eq!(world.asks(B, "r-1", with(3)), Some(Outcome::Success));
    assert_eq!(cause(world.asks(B, "r-2", with(4))), Some(Cause::WrongProfile));
    world.seconds(60);
    assert!(world.is_authorized(B, &visitor(B)) && world.is_marked() && world.agree(B));
    assert_eq!(profile(&world), Some(3));
}

#[test]
fn a_no_to_his_migration_as_such_ends_it_in_both_systems() {
    let world = World::new();
    assert_eq!(world.asks(B, "r-1", with(3)), Some(Outcome::Success));
    world.forbids_to_go();
    assert_eq!(cause(world.asks(B, "r-2", with(3))), Some(Cause::MayNotMigrate));
    world.seconds(60);
    assert!(!world.is_authorized(B, &visitor(B)) && !world.is_marked() && world.agree(B));
}

#[test]
fn a_visitor_whose_second_client_is_refused_is_told_at_the_first_that_it_is_over() {
    let world = World::new();
    assert_eq!(world.asks(B, "r-1", with(3)), Some(Outcome::Success));
    world.forbids_to_go();
    let other = |publication: &mut Publication| publication.client_id = Some("urn:uuid:10".into());
    assert_eq!(
        cause(world.asks(B, "r-2", |publication| {
            with(3)(publication);
            other(publication);
        })),
        Some(Cause::MayNotMigrate)
    );
    world.seconds(60);
    assert_eq!(world.ended(B), [Some(Cause::Revoked)]);
    assert!(!world.is_authorized(B, &visitor(B)) && world.agree(B));
}

#[test]
fn step_11_is_for_the_client_that_has_asked() {
    let world = World::new();
    assert_eq!(world.asks(B, "r-1", with(3)), Some(Outcome::Success));
    let clients = |world: &World| {
        let all = world.systems[B].authorizations().of(&visitor(B), world.now());
        all.into_iter().filter_map(|one| one.client).map(|id| id.to_string()).collect::<Vec<_>>()
    };
    world.way(A, Way::Mute);
    let second = |publication: &mut Publication| {
        with(3)(publication);
        publication.client_id = Some("urn:uuid:10".into());
    };
    assert_eq!(world.asks(B, "r-2", second), None);
    assert_eq!(clients(&world), [systems::CLIENT], "nobody has said yes to the second");
    world.seconds(10);
    assert_eq!(clients(&world), [systems::CLIENT]);
    world.way(A, Way::Open);
    assert_eq!(world.asks(B, "r-3", second), Some(Outcome::Success));
    assert_eq!(clients(&world).len(), 2);
}

/// Tokens bind no client (SPEC.md, step 1): whoever shows one again is the same user to every server, and no other.
#[test]
fn step_1_a_token_that_is_replayed_by_another_client_asks_for_the_same_user_and_for_no_other() {
    let world = World::new();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.registers(B, "another", 86_400);
    let mut replayed = world.publication(B, Some("r-9"));
    replayed.client_id = Some("urn:uuid:another".into());
    replayed.settings = Some(PocSettings::of_client("urn:uuid:another", replayed.profile));
    let mut for_dave = replayed.clone();
    for_dave.migrates.as_mut().unwrap().primary = id("sip:dave@a.example");
    assert_eq!(world.publishes(B, "another", &for_dave), (403, Some(Cause::OtherUser)));
    assert_eq!(world.publishes(B, "another", &replayed), (200, None));
    world.seconds(5);
    let visits = world.migrations(B).visits();
    assert_eq!(visits.len(), 1, "he is one visitor");
    assert_eq!(visits[0].client, "urn:uuid:another", "who has asked last is told");
    assert!(world.is_authorized(B, &visitor(B)) && world.agree(B));
}
