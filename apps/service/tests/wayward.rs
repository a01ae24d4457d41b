//! Peers that ask without end, refuse what they should not or are not there, and a store that fails for long or answers late: both
//! systems agree in the end, and nothing grows. TS 23.280 10.6.3
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::{collections::BTreeSet, time::Duration};

use futures::FutureExt as _;
use kit::Cause;
use service::migration::MigrationConfig;
use systems::{ALICE, How, Way, World, id, visitor};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::RequestId,
    migration::{
        MigrationEnded, MigrationServiceAuthorizationRequest as Asks,
        MigrationServiceAuthorizationResponse as Answers, Outcome, Refusal,
    },
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
    world.nth(2, Way::Refused(Cause::ProtectionInvalid));
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

/// A request about somebody whom `a.example` does not know.
fn unknown(number: usize, named: &str) -> Asks {
    let primary = id(&format!("sip:nobody{number}@a.example"));
    Asks { primary, ..World::request(B, Some(named)) }
}

#[test]
fn what_is_accepted_is_decided_and_kept_yes_or_no() {
    for how in [How::Refused, How::Doubtful] {
        for request in [World::request(B, Some("r-1")), unknown(1, "r-1")] {
            let world = World::new();
            world.way(B, Way::Down);
            world.faulty(A).at(1, how);
            assert_eq!(world.says(B, A, &request), (503, Some(Cause::NoSpace)), "it was not kept: {how:?}");
            assert_eq!(world.says(B, A, &request), (200, None), "it comes again");
            // Killed with the answer on its way: it is told by whoever comes after.
            let world = world.restart_at_once(Duration::from_secs(1));
            assert_eq!(letters(&world, A), 1, "{how:?}");
            assert_eq!(world.is_marked(), request.primary == id(ALICE));
        }
    }
}

#[test]
fn a_full_disk_accepts_no_request_to_migrate() {
    let world = World::new();
    world.faulty(A).breaks(true);
    for request in [World::request(B, Some("r-1")), unknown(1, "r-2")] {
        assert_eq!(world.says(B, A, &request), (503, Some(Cause::NoSpace)));
    }
    world.faulty(A).breaks(false);
    assert_eq!(letters(&world, A), 0);
}

#[test]
fn who_asks_without_end_for_what_he_may_not_have_stands_in_the_log_so_often_and_is_counted_then() {
    let world = World::new();
    for number in 0..50 {
        assert_eq!(world.says(B, A, &unknown(number, "r")), (200, None));
    }
    let entries = world.entries(A);
    assert_eq!(entries.iter().filter(|entry| entry.act == "migration.refused").count(), 30);
}

#[test]
fn step_8_of_each_user_a_system_that_is_not_reached_is_kept_the_last_no_alone() {
    let world = World::new();
    world.way(B, Way::Down);
    for number in 0..20 {
        assert_eq!(world.says(B, A, &unknown(1, &format!("r-{number}"))), (200, None));
    }
    assert_eq!(letters(&world, A), 1);
    assert_eq!(world.says(B, A, &unknown(2, "r-1")), (200, None));
    assert_eq!(letters(&world, A), 2, "another user");
}

#[test]
fn step_8_a_no_to_another_profile_leaves_the_yes_that_holds() {
    let world = World::new();
    world.way(B, Way::Down);
    assert_eq!(world.says(B, A, &World::request(B, Some("r-1"))), (200, None));
    let another = xml_schemas::migration::ProfileIndex(4);
    let request = Asks { profile: another, ..World::request(B, Some("r-2")) };
    assert_eq!(world.says(B, A, &request), (200, None));
    assert_eq!(letters(&world, A), 2, "the yes and the no");
}

/// B asks for alice under another of its IDs.
fn anew(named: &str) -> Asks {
    Asks { partner: id(&format!("sip:{named}@b.example")), ..World::request(B, Some(named)) }
}

#[test]
fn step_8_a_system_that_asks_under_another_id_hears_that_the_former_is_over_though_it_accepted_nothing() {
    let world = World::of(|_, migration| migration.letters_per_partner = 20);
    world.way(B, Way::Down);
    for number in 0..30 {
        let status = world.says(B, A, &anew(&format!("m{number}"))).0;
        assert_eq!(
            status,
            if number < 20 { 200 } else { 503 },
            "{number}: the last yes, and an end for each former one"
        );
        world.lab.run();
    }
    assert_eq!(letters(&world, A), 20);
}

#[test]
fn step_8_a_yes_may_have_been_accepted_of_which_nobody_heard() {
    let world = World::new();
    // His question; then the answer to it, of which no response comes back.
    world.nth(2, Way::Unanswered);
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    assert!(!world.migrations(A).marks()[0].is_confirmed);
    assert_eq!(world.says(B, A, &anew("m2")), (200, None));
    world.seconds(120);
    assert!(!world.is_authorized(B, &visitor(B)), "he is known there by another name");
}

#[test]
fn step_8_who_is_asked_for_under_another_id_that_nobody_there_has_stays_as_he_was() {
    let world = World::new();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(5);
    assert_eq!(world.says(B, A, &anew("m2")), (200, None));
    world.seconds(5);
    assert!(world.is_authorized(B, &visitor(B)) && world.agree(B), "the yes was refused there");
    assert_eq!(world.migrations(A).marks()[0].partner, visitor(B));
}

#[test]
fn a_partner_that_takes_no_letters_is_promised_so_many_and_no_more() {
    let world = World::of(|_, migration| migration.letters_per_partner = 3);
    world.way(B, Way::Down);
    for number in 0..3 {
        assert_eq!(world.says(B, A, &unknown(number, "r")), (200, None));
    }
    assert_eq!(world.says(B, A, &unknown(3, "r")), (503, Some(Cause::Overloaded)));
    assert_eq!(letters(&world, A), 3);
    assert_eq!(world.says(C, A, &World::request(C, Some("r"))), (200, None), "another partner is served");
    world.way(B, Way::Open);
    world.seconds(120);
    assert_eq!(world.says(B, A, &unknown(3, "r")), (200, None), "they were taken");
}

/// B asks A for so many whom nobody knows, and is away when it is to be told.
fn asks_and_is_away(number: usize) -> World {
    let world = World::new();
    world.way(B, Way::Late);
    for number in 0..number {
        assert_eq!(world.says(B, A, &unknown(number, &format!("r-{number}"))), (200, None));
    }
    world
}

/// Of how many requests A has told B what became of them, or tried to, and how often.
fn tried(world: &World) -> (usize, usize) {
    let all = world.sent::<Answers>("mcgw.a.example");
    let of: BTreeSet<_> = all.iter().filter_map(|answer| answer.correlation.request_id()).collect();
    (of.len(), all.len())
}

#[test]
fn a_system_that_is_away_is_tried_with_so_many_letters_at_once_and_takes_them_all_when_it_is_back() {
    let world = asks_and_is_away(200);
    assert_eq!((letters(&world, A), tried(&world)), (200, (64, 64)));
    assert_eq!(world.says(C, A, &World::request(C, Some("c-1"))), (200, None));
    assert_eq!(tried(&world).0, 65, "another partner does not wait for it");
    world.way(B, Way::Open);
    world.seconds(40);
    assert_eq!(tried(&world).0, 201, "each");
    assert!(!world.migrations(A).has_letters());
}

#[test]
fn what_nobody_waits_for_any_more_keeps_no_letter_waiting_to_a_system_that_is_away() {
    let world = asks_and_is_away(200);
    // A refusal is of use for 64 s.
    world.seconds(130);
    assert!(!world.migrations(A).has_letters(), "{:?}", tried(&world));
}

#[test]
fn a_system_that_takes_no_letters_is_asked_about_so_many_and_no_more() {
    let world = World::of(|_, migration| migration.letters_per_partner = 3);
    world.way(A, Way::Down);
    for number in 0..3 {
        let named = format!("r-{number}");
        assert_eq!(world.asks(B, &named, |_| ()), None);
        world.seconds(11);
    }
    assert_eq!(letters(&world, B), 3, "that each of them is over");
    world.registers(B, "visitor", 86_400);
    let publication = world.publication(B, Some("r-3"));
    assert_eq!(world.publishes(B, "visitor", &publication), (503, Some(Cause::Overloaded)));
    world.way(A, Way::Open);
    world.seconds(120);
    assert_eq!(world.asks(B, "r-4", |_| ()), Some(Outcome::Success), "they were taken");
}

#[test]
fn c10_6_2_the_word_of_a_partner_that_accepts_no_yes_logs_nobody_off_at_home() {
    let world = World::new();
    assert_eq!(world.returns(), (200, None));
    world.way(B, Way::Down);
    assert_eq!(world.says(B, A, &World::request(B, Some("r-1"))), (200, None));
    world.lab.run();
    assert!(world.is_marked() && world.is_authorized(A, &id(ALICE)), "nobody there has him");
    assert_eq!(world.settles_at_home().0, 200, "and he is served");
    let world = world.restart(Duration::from_secs(1));
    assert!(world.is_authorized(A, &id(ALICE)), "after a restart too");
    // There it is accepted for nobody who has asked: refused, and the mark taken back.
    world.way(B, Way::Open);
    world.seconds(120);
    assert!(!world.is_marked() && world.is_authorized(A, &id(ALICE)) && world.agree(B));
}

#[test]
fn c10_6_2_he_is_authorized_at_home_until_the_yes_is_accepted_and_no_longer() {
    let world = World::new();
    assert_eq!(world.returns(), (200, None));
    // His question; then the answer to it, of which no response comes back.
    world.nth(2, Way::Unanswered);
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    assert!(world.is_authorized(A, &id(ALICE)) && world.is_authorized(B, &visitor(B)), "both hold");
    // It is told again by the process that comes after.
    let world = world.restart(Duration::from_secs(1));
    world.seconds(10);
    assert!(world.migrations(A).marks().iter().all(|mark| mark.is_confirmed));
    assert!(!world.is_authorized(A, &id(ALICE)) && world.is_authorized(B, &visitor(B)));
}
