//! TS 23.280 10.17.7.2 step 4: requests and responses that name a functional alias.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod failing;
mod systems;

use std::time::Duration;

use acm::{case::Stage, config::AliasChoice};
use failing::Failing;
use kit::{Cause, OwnServer, testing::hop};
use systems::*;
use xml_schemas::{
    acm::{
        Actor, Addressee, GroupInformationProvisionRequest as Provision,
        GroupInformationProvisionResponse as Provided, Outcome, PendingDataNotification, PendingDataResponse,
    },
    body::{
        Presence,
        presence::{AliasStatus, Scope, Standing, Tuple},
    },
    ids::Psi,
};

const DUTY: &str = "duty";

fn handler(world: &World, request: &str) -> Option<String> {
    world.received(request)?.handler.map(|id| id.user().to_owned())
}

#[test]
fn active_for_one_client_the_request_is_sent_to_it() {
    let world = World::new();
    world.logs_on(B, DECIDER);
    world.holds(B, DUTY, &[DECIDER]);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.lab.run();
    assert_eq!(world.told::<Provision>(B).len(), 1);
    assert_eq!(handler(&world, "r-1").as_deref(), Some(DECIDER));
}

#[test]
fn active_for_several_one_of_them_has_it_by_the_local_choice() {
    for (choice, expected) in [
        (AliasChoice::First, ["admin8", "admin8", "admin8"]),
        (AliasChoice::Latest, ["admin9", "admin9", "admin9"]),
        (AliasChoice::RoundRobin, ["admin8", "admin9", "admin8"]),
    ] {
        let world = World::of(|_, config| config.alias_choice = choice);
        world.holds(B, DUTY, &["admin8", "admin9"]);
        let given = ["r-1", "r-2", "r-3"].map(|request| {
            world.says(A, ASKER, &provision_to_role(request, DUTY));
            world.lab.run();
            handler(&world, request).unwrap()
        });
        assert_eq!(given, expected, "{choice:?}");
    }
}

#[test]
fn of_several_holders_one_who_is_logged_on_has_it() {
    for choice in [AliasChoice::First, AliasChoice::Latest, AliasChoice::RoundRobin] {
        let world = World::of(|_, config| config.alias_choice = choice);
        world.logs_on(B, "admin2");
        world.holds(B, DUTY, &["admin8", "admin2", "admin9"]);
        for request in ["r-1", "r-2", "r-3"] {
            world.says(A, ASKER, &provision_to_role(request, DUTY));
            world.lab.run();
            assert_eq!(handler(&world, request).as_deref(), Some("admin2"), "{choice:?}");
        }
        assert_eq!(world.told::<Provision>(B).len(), 3);
    }
}

#[test]
fn what_is_with_a_holder_who_is_away_goes_to_the_next_who_logs_on() {
    let world = World::new();
    world.holds(B, DUTY, &["admin8", "admin9"]);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.lab.run();
    assert_eq!(handler(&world, "r-1").as_deref(), Some("admin8"));
    world.logs_on(B, "admin9");
    world.lab.run();
    assert_eq!(handler(&world, "r-1").as_deref(), Some("admin9"));
    assert_eq!(world.told::<Provision>(B).len(), 1);
    world.logs_on(B, "admin8");
    world.lab.run();
    assert_eq!(handler(&world, "r-1").as_deref(), Some("admin9"), "whoever is there keeps it");
}

fn everything(held: &[(&str, &str)]) -> Presence {
    let status = |(of, by): &(&str, &str)| AliasStatus {
        user: Some(user(by, B)),
        status: Some(Standing::Activated),
        ..AliasStatus::of(alias(of, B))
    };
    let tuple = Tuple { id: "a1".into(), aliases: held.iter().map(status).collect(), ..Tuple::default() };
    Presence {
        entity: format!("sip:alias_psi@{B}"),
        scope: Scope::Whole,
        tuples: vec![tuple],
        ..Presence::default()
    }
}

#[test]
fn what_became_of_an_alias_while_the_server_was_down_is_caught_up_once_everything_is_told() {
    let world = World::new();
    world.holds(B, DUTY, &["admin8"]);
    world.holds(B, "chief", &["admin8"]);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.says(A, ASKER, &provision_to_role("r-2", "chief"));
    world.lab.run();
    assert_eq!(handler(&world, "r-1").as_deref(), Some("admin8"));
    // He lets go of both while nobody is there to hear of it; one of them is another's.
    let world = world.restart(Duration::from_secs(600));
    world.systems[B].cx().aliases().learn(&everything(&[("chief", "admin9")]));
    world.lab.run();
    assert_eq!(handler(&world, "r-1"), None, "it waits for the next who activates it");
    assert_eq!(handler(&world, "r-2").as_deref(), Some("admin9"));
    world.logs_on(B, DECIDER);
    world.holds(B, DUTY, &[DECIDER]);
    assert_eq!(handler(&world, "r-1").as_deref(), Some(DECIDER));
}

#[test]
fn a_change_of_holders_that_the_store_could_not_take_is_made_when_it_can() {
    let failing = Failing::default();
    let world = World::over(&|system, store| if system == B { failing.over(store) } else { store });
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.says(A, ASKER, &provision_to_role("r-2", "chief"));
    world.lab.run();
    for (role, request) in [(DUTY, "r-1"), ("chief", "r-2")] {
        failing.at(1);
        world.holds(B, role, &[DECIDER]);
        assert!(failing.has_failed());
        failing.never();
        assert_eq!(handler(&world, request), None);
        world.seconds(2);
        assert_eq!(handler(&world, request).as_deref(), Some(DECIDER));
    }
}

#[test]
fn active_for_none_it_is_stored_until_the_next_activates_it() {
    let world = World::new();
    world.logs_on(B, DECIDER);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.lab.run();
    assert_eq!((stage(world.received("r-1")), handler(&world, "r-1")), (Some(Stage::Waiting), None));
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Stored));
    let world = world.restart(Duration::from_secs(3_600));
    world.holds(B, DUTY, &[DECIDER]);
    assert_eq!(world.told::<Provision>(B).len(), 1);
    let asked = provision_to_role("r-1", DUTY);
    assert_eq!(world.says(B, DECIDER, &yes(&asked)), (200, None));
    world.lab.run();
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered));
}

#[test]
fn it_is_given_to_another_where_its_holder_logs_off_unanswered_or_loses_the_alias() {
    let world = World::new();
    world.logs_on(B, "admin8");
    world.logs_on(B, "admin9");
    world.holds(B, DUTY, &["admin8", "admin9"]);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.lab.run();
    world.logs_off(B, "admin8");
    world.lab.run();
    assert_eq!(handler(&world, "r-1").as_deref(), Some("admin9"));
    assert_eq!(world.told::<Provision>(B).len(), 2);
    world.logs_on(B, "admin8");
    world.holds(B, DUTY, &["admin8"]);
    assert_eq!(handler(&world, "r-1").as_deref(), Some("admin8"));
    world.says(B, "admin9", &pending("admin9", B));
    world.lab.run();
    assert!(world.told::<PendingDataResponse>(B)[0].items.is_empty(), "it waits for one of them alone");
}

#[test]
fn the_last_holder_who_logs_off_has_it_still_when_he_comes_back() {
    let world = World::new();
    world.logs_on(B, DECIDER);
    world.holds(B, DUTY, &[DECIDER]);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.lab.run();
    world.logs_off(B, DECIDER);
    world.logs_on(B, DECIDER);
    assert_eq!(world.told::<PendingDataNotification>(B).len(), 1);
}

#[test]
fn whoever_does_not_hold_the_alias_may_not_act_under_it() {
    let world = World::new();
    let mut asked = provision("r-1");
    asked.heading.initiator.alias = Some(alias("chief", A));
    assert_eq!(world.says(A, ASKER, &asked), (403, Some(Cause::AliasNotActive)));
    world.holds(A, "chief", &[ASKER]);
    assert_eq!(world.says(A, ASKER, &asked), (200, None));
    world.lab.run();
    let under = Actor { id: user(DECIDER, B), alias: Some(alias(DUTY, B)) };
    let answer = asked.answer(under, Outcome::Success);
    assert_eq!(world.says(B, DECIDER, &answer), (403, Some(Cause::AliasNotActive)));
    world.holds(B, DUTY, &[DECIDER]);
    assert_eq!(world.says(B, DECIDER, &answer), (200, None));
}

#[test]
fn an_alias_of_another_system_or_one_that_the_decider_does_not_hold_gives_him_nothing() {
    let world = World::new();
    let asked = provision_to_role("r-1", DUTY);
    world.says(A, ASKER, &asked);
    world.lab.run();
    assert_eq!(world.says(B, DECIDER, &yes(&asked)), (404, Some(Cause::NoSuchRequest)));
    world.between(A, B, &provision_to("r-2", Addressee::Alias(alias(DUTY, A))));
    assert_eq!(stage(world.received("r-2")), Some(Stage::Refused));
}

#[test]
fn a_response_that_names_the_initiators_alias_goes_to_whoever_holds_it_when_it_is_delivered() {
    let world = World::new();
    world.holds(A, "chief", &[ASKER]);
    let mut asked = provision("r-1");
    asked.heading.initiator.alias = Some(alias("chief", A));
    world.says(A, ASKER, &asked);
    world.lab.run();
    world.holds(A, "chief", &[]);
    let mut answer = yes(&asked);
    answer.heading.target = Addressee::Alias(alias("chief", A));
    assert_eq!(world.says(B, DECIDER, &answer), (200, None));
    world.lab.run();
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered));
    world.logs_on(A, "admin2");
    world.holds(A, "chief", &["admin2"]);
    assert_eq!(world.told::<Provided>(A), [answer]);
}

#[test]
fn step_4a_a_holder_who_is_no_authorized_user_is_neither_given_it_nor_heard() {
    let world = World::of(|system, config| {
        let users = config.users.iter_mut().filter(|user| system == B && user.id.user() == "admin8");
        users.for_each(|user| user.handles = false);
    });
    world.logs_on(B, "admin8");
    world.holds(B, DUTY, &["admin8"]);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.lab.run();
    assert_eq!((handler(&world, "r-1"), world.told::<Provision>(B).len()), (None, 0));
    let asked = provision_to_role("r-1", DUTY);
    let answer = asked.answer(Actor::user(user("admin8", B)), Outcome::Success);
    assert_eq!(world.says(B, "admin8", &answer), (404, Some(Cause::NoSuchRequest)));
    world.holds(B, DUTY, &["admin8", DECIDER]);
    assert_eq!(handler(&world, "r-1").as_deref(), Some(DECIDER));
}

#[test]
fn whose_registration_runs_out_is_gone_and_another_holder_has_it() {
    let world = World::of(|_, config| config.alias_choice = AliasChoice::First);
    world.holds(B, DUTY, &["admin8", DECIDER]);
    assert_eq!(world.registers(B, "admin8", 600), Some(200));
    world.logs_on(B, DECIDER);
    world.says(A, ASKER, &provision_to_role("r-1", DUTY));
    world.lab.run();
    assert_eq!(handler(&world, "r-1").as_deref(), Some("admin8"));
    world.seconds(700);
    assert_eq!(handler(&world, "r-1").as_deref(), Some(DECIDER));
}

/// The alias server of `b.example` tells who holds what.
fn hears(world: &World, held: &[(&str, &str)]) {
    let view = world.systems[B].cx().aliases();
    view.heard(world.lab.world("clock").clock.now());
    view.learn(&everything(held));
    world.lab.run();
}

/// Who holds an alias is known for no longer than the operator says while its server is away: nobody is chosen or heard by what may be
/// long over, and nobody is refused for it either.
#[test]
fn what_the_alias_server_told_last_counts_for_so_long_and_no_longer_while_it_is_away() {
    let world = World::of(|system, config| {
        let name = "aliases1.core.b.example";
        let psi = Psi::new("sip:alias_psi@b.example").unwrap();
        let server = OwnServer { identity: name.into(), psi, hop: hop(name) };
        config.aliases = Some(server).filter(|_| system == B);
        config.aliases_count_for = Duration::from_secs(3_600);
    });
    world.logs_on(B, DECIDER);
    hears(&world, &[(DUTY, DECIDER)]);
    world.seconds(3_500);
    let [first, second] = ["r-1", "r-2"].map(|request| provision_to_role(request, DUTY));
    world.says(A, ASKER, &first);
    world.lab.run();
    assert_eq!(handler(&world, "r-1").as_deref(), Some(DECIDER));
    world.seconds(200);
    world.says(A, ASKER, &second);
    world.lab.run();
    assert_eq!((stage(world.received("r-2")), handler(&world, "r-2")), (Some(Stage::Waiting), None));
    let under = Actor { id: user(DECIDER, B), alias: Some(alias(DUTY, B)) };
    let answer = first.answer(under, Outcome::Success);
    assert_eq!(
        world.says(B, DECIDER, &answer).1,
        Some(Cause::ServerUnreachable),
        "not that he does not hold it"
    );
    world.seconds(60);
    assert_eq!(handler(&world, "r-1").as_deref(), Some(DECIDER), "what he has been given stays with him");
    let text = world.metrics(B);
    let age = text.lines().find(|line| line.starts_with("mcx_acm_aliases_age_seconds{")).expect("is told");
    assert!(age.rsplit(' ').next().unwrap().parse::<u64>().unwrap() >= 3_600, "{age}");
    hears(&world, &[(DUTY, DECIDER)]);
    world.seconds(61);
    assert_eq!(handler(&world, "r-2").as_deref(), Some(DECIDER));
    assert_eq!(world.says(B, DECIDER, &answer), (200, None));
}
