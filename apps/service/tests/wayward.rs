//! Peers that ask without end, refuse what they should not or are not there, and a store that fails for long or answers late: both
//! systems agree in the end, and nothing grows. TS 23.280 10.6.3
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use futures::FutureExt as _;
use kit::Cause;
use service::migration::MigrationConfig;
use systems::{ALICE, How, Way, World, id, visitor};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::RequestId,
    migration::{MigrationEnded, Outcome, Refusal},
};

const A: &str = "a.example";
const B: &str = "b.example";
const C: &str = "c.example";

/// How many letters a system keeps.
fn letters(world: &World, system: &str) -> usize {
    let store = world.store(system);
    store.scan(b"service/migration/letter/", None, 1_000).now_or_never().unwrap().unwrap().len()
}

fn ended(service: McService, request: &str, partner: &str) -> MigrationEnded {
    MigrationEnded {
        request_id: RequestId::new(request).unwrap(),
        service,
        partner: visitor(partner),
        primary: id(ALICE),
        reason: Refusal::default(),
    }
}

#[test]
fn step_8_however_often_a_partner_asks_that_is_not_reached_there_is_one_answer_for_it() {
    let world = World::new();
    world.way(B, Way::Down);
    for number in 0..20 {
        let named = format!("r-{}", number / 2);
        assert_eq!(world.says(B, A, &World::request(B, Some(&named))), (200, None));
        world.lab.run();
        world.seconds(1);
    }
    assert_eq!(letters(&world, A), 1);
    world.way(B, Way::Open);
    world.seconds(120);
    assert!(!world.migrations(A).has_letters() && world.agree(B));
}

#[test]
fn step_8_a_partner_that_has_him_and_refuses_another_answer_hears_that_it_is_over() {
    let world = World::new();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(5);
    // His question; then the answer to it.
    world.nth(2, Way::Refused);
    assert_eq!(world.asks(B, "r-2", |_| ()), None);
    world.seconds(120);
    assert!(!world.is_marked(), "the answer was refused");
    assert!(world.agree(B) && !world.is_authorized(B, &visitor(B)), "so he is here no more");
}

#[test]
fn a_system_that_is_away_delays_reconciliation_with_no_other() {
    let hourly = |_: &str, migration: &mut MigrationConfig| {
        migration.reconcile_every = Some(Duration::from_secs(3_600))
    };
    let world = World::of(hourly);
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    let video =
        |publication: &mut xml_schemas::migration::Publication| publication.service = McService::McVideo;
    assert_eq!(world.asks(C, "r-2", video), Some(Outcome::Success));
    world.seconds(5);
    assert_eq!(world.says(A, C, &ended(McService::McVideo, "r-2", C)), (200, None), "C alone has heard it");
    world.way(B, Way::Mute);
    world.seconds(3_596);
    assert!(world.migrations(A).mark(McService::McVideo, &id(ALICE)).is_none(), "A goes by what C says");
    assert!(world.migrations(A).mark(McService::Mcptt, &id(ALICE)).is_some(), "B has said nothing");
}

#[test]
fn what_the_store_said_before_an_end_does_not_bring_a_mark_back() {
    let world = World::new();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(5);
    // A late notice about something else has alice's records read; before it is told what they are, her migration is revoked.
    world.faulty(A).holds_answers(&format!("service/migration/mark/mcptt/{ALICE}"));
    let notice = world.says_later(B, A, &ended(McService::Mcptt, "r-9", B));
    assert_eq!(world.revokes(A, ALICE), Ok(()));
    assert!(!world.is_marked());
    world.faulty(A).answers();
    world.lab.run();
    drop(notice);
    assert!(!world.is_marked(), "what was read before is older");
    world.seconds(60);
    assert!(!world.is_marked() && world.agree(B));
}

#[test]
fn a_store_that_fails_for_long_acknowledges_nothing_and_goes_on_by_itself_at_the_partner() {
    let world = World::new();
    world.returns();
    world.registers(B, "visitor", 86_400);
    world.faulty(B).breaks(true);
    for _ in 0..5 {
        let (status, cause) = world.publishes(B, "visitor", &world.publication(B, Some("r-1")));
        assert_eq!((status, cause), (503, Some(Cause::NoSpace)), "nothing is accepted that is not kept");
        world.seconds(60);
    }
    assert!(world.migrations(B).visits().is_empty() && !world.is_marked());
    world.faulty(B).breaks(false);
    assert_eq!(world.migrates(B), Some(Outcome::Success));

    // It breaks once the request has been accepted: nobody is admitted whom a restart would not find.
    let world = World::new();
    world.returns();
    world.way(A, Way::Down);
    assert_eq!(world.asks(B, "r-1", |_| ()), None);
    world.faulty(B).breaks(true);
    world.way(A, Way::Open);
    world.seconds(300);
    assert!(!world.is_authorized(B, &visitor(B)));
    world.faulty(B).breaks(false);
    world.seconds(600);
    assert!(world.agree(B), "both say the same once it keeps again");
    let visit = world.migrations(B).visit(McService::Mcptt, &visitor(B));
    assert!(visit.is_none_or(|visit| !visit.is_asking()), "and nobody waits for ever");
    assert!(!world.migrations(A).has_letters() && !world.migrations(B).has_letters());
}

#[test]
fn a_store_that_fails_for_long_acknowledges_nothing_and_goes_on_by_itself_at_the_primary() {
    let world = World::new();
    world.returns();
    world.faulty(A).breaks(true);
    assert_eq!(world.migrates(B), None);
    world.seconds(300);
    assert!(!world.is_marked() && world.is_authorized(A, &id(ALICE)), "he is served at home");
    assert!(!world.is_authorized(B, &visitor(B)) && world.agree(B));
    world.faulty(A).breaks(false);
    world.seconds(60);
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    // What has been promised is told for as long as the store fails, and no more once it has heard so.
    world.faulty(A).breaks(true);
    world.seconds(300);
    assert!(world.migrations(A).has_letters() && world.agree(B));
    world.faulty(A).breaks(false);
    world.seconds(60);
    assert!(!world.migrations(A).has_letters() && world.agree(B) && world.is_marked());
    world.faulty(A).at(1, How::Refused);
    world.registers(B, "visitor", 0);
    world.seconds(60);
    assert!(!world.is_marked() && world.agree(B));
}
