//! TS 23.280 clause 10.6.3.3: service authorization for migration, at the MC service servers of both systems.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use kit::Cause;
use service::migration::{MigrationConfig, SecondPartner, Visitors};
use systems::{ALICE, Way, World, cause, id, visitor};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::RequestId,
    migration::{
        Correlation, MigrationServiceAuthorizationRequest as Asks,
        MigrationServiceAuthorizationResponse as Answers, Outcome, ProfileIndex,
    },
};

const A: &str = "a.example";
const B: &str = "b.example";
const GATEWAY_A: &str = "mcgw.a.example";

/// What B says of users of A.
fn at_b(change: impl Fn(&mut service::migration::PartnerConfig)) -> World {
    World::of(|system, migration| {
        if system == B {
            migration.partners.iter_mut().filter(|partner| partner.name == A).for_each(&change);
        }
    })
}

/// What A says of its users who go to B.
fn at_a(change: impl Fn(&mut service::migration::PartnerConfig)) -> World {
    World::of(|system, migration| {
        if system == A {
            migration.partners.iter_mut().filter(|partner| partner.name == B).for_each(&change);
        }
    })
}

#[test]
fn steps_1_to_11_a_user_works_in_the_partner_system_authorized_by_both() {
    let world = World::new();
    assert_eq!(world.returns(), (200, None));
    assert!(world.is_authorized(A, &id(ALICE)));
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    assert_eq!(world.steps(), [1, 2, 3, 6, 7, 8, 11], "4, 5, 9 and 10 are the gateways'");
    assert!(world.is_authorized(B, &visitor(B)));
    world.seconds(1);
    assert!(!world.is_authorized(A, &id(ALICE)), "10.6.2: there and nowhere else");
}

#[test]
fn step_3_the_request_carries_both_ids_and_the_profile() {
    let world = World::new();
    world.migrates(B);
    let sent: Vec<Asks> = world.sent("mcgw.b.example");
    assert_eq!(sent, [World::request(B, Some("r-1"))]);
}

#[test]
fn step_7_the_mark_says_where_with_which_profile_and_since_when() {
    let world = World::new();
    world.migrates(B);
    let now = world.now().duration_since(std::time::UNIX_EPOCH).unwrap();
    world.seconds(1);
    let mark = world.migrations(A).mark(McService::Mcptt, &id(ALICE)).unwrap();
    assert_eq!((mark.system.as_str(), mark.partner, mark.profile), (B, visitor(B), ProfileIndex(3)));
    assert_eq!((u128::from(mark.since), mark.is_confirmed), (now.as_millis(), true));
}

#[test]
fn step_8_the_answer_carries_the_ids_of_the_request_and_the_result() {
    let world = World::new();
    world.migrates(B);
    let sent: Vec<Answers> = world.sent(GATEWAY_A);
    assert_eq!(sent, [World::request(B, Some("r-1")).answer(Outcome::Success)]);
}

#[test]
fn mcvideo_migrates_for_itself() {
    let world = World::new();
    let video =
        |publication: &mut xml_schemas::migration::Publication| publication.service = McService::McVideo;
    assert_eq!(world.asks(B, "r-2", video), Some(Outcome::Success));
    for hop in ["mcgw.b.example", GATEWAY_A, "sip-core.core.b.example"] {
        let sent = world.lab.sent(hop);
        let service = |message: &sip::Message| {
            message.header(sip::Name::PAssertedService) == Some(kit::carriage::ICSI_MCVIDEO.as_bytes())
        };
        assert!(!sent.is_empty() && sent.iter().all(service), "TS 24.281 4.5: {hop}");
    }
    assert!(world.migrations(A).mark(McService::McVideo, &id(ALICE)).is_some());
    assert!(world.migrations(A).mark(McService::Mcptt, &id(ALICE)).is_none());
}

#[test]
fn step_2_only_who_is_expected_may_ask() {
    let nobody = at_b(|partner| partner.visitors = Visitors::None);
    assert_eq!(cause(nobody.migrates(B)), Some(Cause::NotExpected));
    let expected = |who: &'static str| {
        at_b(move |partner| {
            partner.visitors = Visitors::Expected;
            partner.expected = vec![who.into()];
        })
    };
    assert_eq!(cause(expected("sip:bob@a.example").migrates(B)), Some(Cause::NotExpected));
    assert_eq!(expected("sip:al*@a.example").migrates(B), Some(Outcome::Success));
    assert!(nobody.sent::<Asks>("mcgw.b.example").is_empty(), "the primary system is not asked");
    assert_eq!(nobody.steps(), [1, 2, 11]);
}

#[test]
fn step_2_no_more_than_there_is_room_for() {
    let full = at_b(|partner| partner.at_most = Some(0));
    assert_eq!(cause(full.migrates(B)), Some(Cause::NoRoom));
    let one = at_b(|partner| partner.at_most = Some(1));
    assert_eq!(one.migrates(B), Some(Outcome::Success));
    assert_eq!(one.migrates(B), Some(Outcome::Success), "whoever is here already takes no more room");
}

#[test]
fn step_6_this_user_that_system_and_this_profile_each_refused_for_itself() {
    let none = at_a(|partner| partner.allow.clear());
    assert_eq!(cause(none.migrates(B)), Some(Cause::MayNotMigrate));
    assert_eq!(none.steps(), [1, 2, 3, 6, 8, 11]);
    let other = at_a(|partner| partner.allow.iter_mut().for_each(|rule| rule.profiles = vec![4]));
    assert_eq!(cause(other.migrates(B)), Some(Cause::WrongProfile));
    let world = World::new();
    let unknown = world.asks(B, "r-1", |publication| {
        publication.migrates.iter_mut().for_each(|migrates| migrates.primary = id("sip:nobody@a.example"));
    });
    assert_eq!(cause(unknown), Some(Cause::UnknownUser));
    for world in [none, other, world] {
        assert!(!world.is_marked() && !world.is_authorized(B, &visitor(B)) && world.agree(B));
    }
}

#[test]
fn step_6_a_partner_that_merges_unknown_and_refused_does_not_tell_them_apart() {
    for world in [
        at_a(|partner| {
            partner.merge = true;
            partner.allow.clear();
        }),
        at_a(|partner| {
            partner.merge = true;
            partner.allow.iter_mut().for_each(|rule| rule.profiles = vec![4]);
        }),
    ] {
        assert_eq!(cause(world.migrates(B)), Some(Cause::NotDisclosed));
    }
}

#[test]
fn step_6_the_partner_id_lies_in_the_domains_of_the_system_that_asks() {
    let world = World::new();
    let foreign = Asks { partner: id("sip:m0417@c.example"), ..World::request(B, Some("r-9")) };
    assert_eq!(world.says(B, A, &foreign), (403, Some(Cause::ForeignIdentity)));
    assert!(!world.is_marked());
}

#[test]
fn step_6_a_repeat_finds_its_own_mark_and_is_answered_again() {
    let world = World::new();
    world.migrates(B);
    let since = world.migrations(A).mark(McService::Mcptt, &id(ALICE)).unwrap().since;
    world.seconds(5);
    assert_eq!(world.says(B, A, &World::request(B, Some("r-1"))), (200, None));
    world.lab.run();
    assert_eq!(world.sent::<Answers>(GATEWAY_A).len(), 2);
    assert_eq!(world.migrations(A).mark(McService::Mcptt, &id(ALICE)).unwrap().since, since);
    assert!(world.agree(B) && world.is_marked());
}

#[test]
fn a_peer_without_companion_body_is_correlated_by_both_ids() {
    let world = World::new();
    world.way(B, Way::Mute);
    assert_eq!(world.says(B, A, &World::request(B, None)), (200, None));
    world.lab.run();
    let [answer] = &world.sent::<Answers>(GATEWAY_A)[..] else { unreachable!("one answer") };
    assert_eq!((answer.correlation.request_id(), &answer.outcome), (None, &Outcome::Success));
}

#[test]
fn step_10_a_peer_that_answers_by_both_ids_is_understood() {
    let world = World::new();
    world.way(A, Way::Unanswered);
    world.way(B, Way::Mute);
    assert_eq!(world.asks(B, "r-1", |_| ()), None);
    let unnamed = World::request(B, None).answer(Outcome::Success);
    assert_eq!(world.says(A, B, &unnamed), (200, None));
    world.lab.run();
    assert_eq!(world.told::<Answers>(B).last().unwrap().outcome, Outcome::Success);
    assert!(world.is_authorized(B, &visitor(B)));
}

#[test]
fn step_10_answers_that_nobody_awaits_or_whose_ids_differ_are_dropped() {
    let world = World::new();
    let answer = World::request(B, Some("r-1")).answer(Outcome::Success);
    assert_eq!(world.says(A, B, &answer), (404, Some(Cause::UnmatchedReport)), "nobody has asked");
    world.way(A, Way::Mute);
    assert_eq!(world.migrates(B), None);
    let others = [
        Answers { partner: id("sip:another@b.example"), ..answer.clone() },
        Answers { primary: id("sip:another@a.example"), ..answer.clone() },
        Answers { service: McService::McVideo, ..answer.clone() },
        Answers { correlation: Correlation::named(RequestId::new("r-7").unwrap()), ..answer.clone() },
    ];
    for other in others {
        assert_eq!(world.says(A, B, &other), (404, Some(Cause::UnmatchedReport)));
    }
    assert_eq!(world.says("c.example", B, &answer), (404, Some(Cause::UnmatchedReport)), "another system");
    assert!(!world.is_authorized(B, &visitor(B)));
    assert_eq!(world.says(A, B, &answer), (200, None));
    assert_eq!(world.says(A, B, &answer), (200, None), "a repeat is no news");
    assert!(world.is_authorized(B, &visitor(B)));
}

#[test]
fn step_3_an_unreachable_primary_and_a_silent_one_are_told_apart() {
    let world = World::new();
    world.way(A, Way::Down);
    assert_eq!(world.migrates(B), None);
    world.seconds(10);
    let told = |world: &World| cause(world.told::<Answers>(B).pop().map(|answer| answer.outcome));
    assert_eq!(told(&world), Some(Cause::PartnerUnreachable));
    let world = World::new();
    world.way(B, Way::Mute);
    assert_eq!(world.migrates(B), None);
    world.seconds(10);
    assert_eq!(told(&world), Some(Cause::TimedOut));
}

#[test]
fn an_answer_that_is_lost_comes_again_until_it_is_accepted() {
    let world = World::new();
    world.way(B, Way::Down);
    assert_eq!(world.migrates(B), None);
    let mark = |world: &World| world.migrations(A).mark(McService::Mcptt, &id(ALICE)).unwrap();
    assert!(!mark(&world).is_confirmed);
    world.way(B, Way::Open);
    world.seconds(3);
    assert_eq!(world.told::<Answers>(B).pop().unwrap().outcome, Outcome::Success);
    assert!(mark(&world).is_confirmed && world.agree(B));
}

#[test]
fn an_answer_that_comes_after_the_request_was_given_up_takes_the_mark_back() {
    let world = World::new();
    world.way(B, Way::Down);
    assert_eq!(world.migrates(B), None);
    assert!(world.is_marked());
    world.seconds(11);
    world.way(B, Way::Open);
    world.seconds(120);
    assert!(!world.is_marked() && world.agree(B) && !world.is_authorized(B, &visitor(B)));
    assert!(!world.migrations(A).has_letters() && !world.migrations(B).has_letters());
    assert_eq!(world.asks(B, "r-1", |_| ()), Some(Outcome::Success), "the same client tries again");
    world.seconds(120);
    assert!(world.is_marked() && world.agree(B), "no late notice ends the new one");
}

#[test]
fn after_a_restart_the_primary_system_is_asked_again_under_the_same_request_id() {
    let world = World::new();
    world.way(A, Way::Mute);
    assert_eq!(world.migrates(B), None);
    let world = world.restart(Duration::from_secs(1));
    assert_eq!(world.sent::<Asks>("mcgw.b.example"), [World::request(B, Some("r-1"))]);
    assert_eq!(world.told::<Answers>(B).pop().unwrap().outcome, Outcome::Success);
    assert!(world.agree(B) && world.is_authorized(B, &visitor(B)));
}

#[test]
fn step_7_what_was_marked_before_a_restart_is_marked_after_it_and_the_answer_goes_out() {
    let world = World::new();
    world.way(B, Way::Down);
    assert_eq!(world.migrates(B), None);
    let world = world.restart(Duration::from_secs(1));
    world.seconds(3);
    assert!(world.is_marked() && world.agree(B) && world.is_authorized(B, &visitor(B)));
    let world = world.restart(Duration::from_secs(1));
    assert!(world.is_marked() && world.agree(B) && world.is_authorized(B, &visitor(B)), "and once more");
    assert!(!world.is_authorized(A, &id(ALICE)));
}

#[test]
fn a_client_that_asks_again_is_asked_about_again_and_stays_admitted_meanwhile() {
    let world = World::new();
    world.migrates(B);
    assert_eq!(world.asks(B, "r-2", |_| ()), Some(Outcome::Success));
    world.way(A, Way::Mute);
    assert_eq!(world.asks(B, "r-3", |_| ()), None);
    world.seconds(10);
    let told = cause(world.told::<Answers>(B).pop().map(|answer| answer.outcome));
    assert_eq!(told, Some(Cause::PartnerUnreachable));
    assert!(world.is_authorized(B, &visitor(B)) && world.agree(B));
}

#[test]
fn second_partner_the_newest_wins_or_is_refused() {
    let world = World::new();
    world.migrates(B);
    assert_eq!(world.asks("c.example", "r-2", |_| ()), Some(Outcome::Success));
    assert!(world.agree("c.example") && world.agree(B));
    assert!(!world.is_authorized(B, &visitor(B)) && world.is_authorized("c.example", &visitor("c.example")));
    assert_eq!(world.ended(B), [Some(Cause::Superseded)]);

    let refuse = |_: &str, migration: &mut MigrationConfig| migration.second_partner = SecondPartner::Refuse;
    let world = World::of(refuse);
    world.migrates(B);
    assert_eq!(cause(world.asks("c.example", "r-2", |_| ())), Some(Cause::AlreadyMigrated));
    assert!(world.is_authorized(B, &visitor(B)) && world.agree(B));
}
