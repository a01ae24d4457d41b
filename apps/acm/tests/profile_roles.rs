//! TS 23.280 10.17.7.2 with a functional alias as its target, and with users who are away: steps 2, 4 and 9 by their branches.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod neighbours;
mod profiles;
mod systems;

use acm::case::Stage;
use kit::Cause;
use neighbours::configured;
use profiles::*;
use systems::*;
use xml_schemas::acm::{
    Actor, Addressee, Outcome, PendingDataResponse, PendingItem, Response,
    UserProfileUpdateRequest as Update, UserProfileUpdateResponse as Updated,
};

/// Whoever is on duty is asked.
fn to_duty(request: &str) -> Update {
    let mut update = update(request, renamed("Night watch"));
    update.heading.target = Addressee::Alias(alias("duty", B));
    update
}

fn handler(world: &World, request: &str) -> Option<String> {
    world.received(request).unwrap().handler.map(|id| id.to_string())
}

/// It has been approved under the alias, and applied.
fn approved(world: &World, fake: &neighbours::Fake, by: &str, request: &Update) {
    let mut who = Actor::user(user(by, B));
    who.alias = Some(alias("duty", B));
    assert_eq!(world.says(B, by, &request.answer(who.clone(), Outcome::Success)), (200, None));
    world.lab.run();
    assert_eq!(name_of(fake).1, "Night watch");
    assert_eq!(answered(world).heading.handler, who, "in the role in which he did");
}

#[test]
fn c10_17_7_2_step_4_an_alias_that_is_active_on_one_client_is_that_one() {
    let (world, fake) = with_carol(configured);
    world.logs_on(B, "admin8");
    world.holds(B, "duty", &["admin8"]);
    let request = to_duty("p-1");
    world.says(A, ASKER, &request);
    world.lab.run();
    assert_eq!(world.told::<Update>(B).len(), 1);
    assert_eq!(handler(&world, "p-1"), Some(user("admin8", B).to_string()));
    approved(&world, &fake, "admin8", &request);
}

#[test]
fn c10_17_7_2_step_4_of_several_clients_exactly_one_is_given_the_request() {
    let (world, fake) = with_carol(configured);
    ["admin8", "admin9"].iter().for_each(|name| world.logs_on(B, name));
    world.holds(B, "duty", &["admin9", "admin8"]);
    let request = to_duty("p-1");
    world.says(A, ASKER, &request);
    world.lab.run();
    assert_eq!(world.told::<Update>(B).len(), 1, "by local policy, the first");
    assert_eq!(handler(&world, "p-1"), Some(user("admin9", B).to_string()));
    world.holds(B, "duty", &["admin8"]);
    world.seconds(1);
    assert_eq!(handler(&world, "p-1"), Some(user("admin8", B).to_string()), "when he leaves, the other");
    approved(&world, &fake, "admin8", &request);
}

#[test]
fn c10_17_7_2_step_4_an_alias_that_is_active_nowhere_has_the_request_kept() {
    let (world, fake) = with_carol(configured);
    world.logs_on(B, "admin8");
    let request = to_duty("p-1");
    world.says(A, ASKER, &request);
    world.seconds(86_400);
    assert_eq!((handler(&world, "p-1"), stage(world.received("p-1"))), (None, Some(Stage::Waiting)));
    world.logs_on(B, "admin8");
    world.holds(B, "duty", &["admin8"]);
    world.seconds(1);
    assert_eq!(world.told::<Update>(B).len(), 1, "until somebody activates it");
    approved(&world, &fake, "admin8", &request);
}

#[test]
fn c10_17_7_2_step_2_a_user_who_is_not_authorized_asks_nobody() {
    let (world, _fake) = with_carol(|system, config| {
        configured(system, config);
        if system == A {
            config.allow.clear();
        }
    });
    let refused = world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    assert_eq!(refused, (403, Some(Cause::RequesterNotAuthorized)));
    world.seconds(300);
    assert!(world.asked("p-1").is_none() && world.received("p-1").is_none());
    assert!(world.sent::<Update>("mcgw.a.example").is_empty(), "step 3 is not followed");
}

#[test]
fn c10_17_7_2_step_9_an_initiator_who_is_away_finds_the_response_when_he_is_back() {
    let (world, _fake) = with_carol(configured);
    let request = update("p-1", renamed("Night watch"));
    world.says(A, ASKER, &request);
    world.lab.run();
    world.says(B, DECIDER, &request.answer(Actor::user(user(DECIDER, B)), Outcome::Success));
    world.seconds(3 * 86_400);
    assert!(world.told::<Updated>(A).is_empty(), "nobody is there");
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &pending(ASKER, A));
    world.lab.run();
    let found: Vec<PendingDataResponse> = world.told(A);
    let [PendingItem::Response(Response::UserProfileUpdate(response))] = found[0].items.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(response.result, Outcome::Success);
}
