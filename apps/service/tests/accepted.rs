//! TS 23.280 10.17.5 at the MC service server, and 10.6.3.3 step 2 where it counts: whom the own ACM server has accepted can migrate at
//! once, and whom it has sent away no longer.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use futures::FutureExt as _;
use http::Method;
use kit::{Cause, TURN_FIELD, Turn, testing::arrival};
use service::migration::Visitors;
use store::{Batch, Store};
use systems::*;
use xml_schemas::migration::Outcome;

const ACM: &str = "acm1.core.b.example";

/// In `b.example` nobody is expected but whom its ACM server names.
fn world(visitors: Visitors) -> World {
    World::of(|system, config| {
        if system == "b.example" {
            config.acm_servers = vec![ACM.into()];
            config.partners.iter_mut().for_each(|partner| partner.visitors = visitors);
        }
    })
}

fn asked(world: &World, by: &str, method: Method, id: &str) -> u16 {
    asked_in(world, by, (method, id), None)
}

/// The same, in its turn.
fn asked_in(world: &World, by: &str, (method, id): (Method, &str), turn: Option<[u64; 2]>) -> u16 {
    let mut request = http::Request::builder().method(method).uri(format!("/mcx/service/expected/{id}"));
    if let Some([decision, word]) = turn {
        request = request.header(TURN_FIELD, Turn { decision, word }.to_string());
    }
    let request = request.body(bytes::Bytes::new()).unwrap();
    let web = world.systems["b.example"].web();
    let response = world.lab.fetch(&web, request, arrival("inner", by)).expect("is answered");
    response.status().as_u16()
}

#[test]
fn who_is_accepted_migrates_at_once_and_who_is_sent_away_no_longer() {
    let world = world(Visitors::Expected);
    assert_eq!(cause(world.migrates("b.example")), Some(Cause::NotExpected));
    assert_eq!(asked(&world, ACM, Method::PUT, ALICE), 204);
    assert_eq!(world.migrates("b.example"), Some(Outcome::Success));
    let here = visitor("b.example");
    assert_eq!(asked(&world, ACM, Method::GET, here.as_str()), 204);
    assert_eq!(asked(&world, ACM, Method::DELETE, ALICE), 204);
    let world = world.restart(Duration::from_secs(60));
    world.returns();
    assert_eq!(cause(world.migrates("b.example")), Some(Cause::NotExpected), "after a restart too");
}

#[test]
fn sending_away_counts_more_than_what_the_operator_has_listed() {
    let world = world(Visitors::Any);
    assert_eq!(asked(&world, ACM, Method::DELETE, ALICE), 204);
    assert_eq!(cause(world.migrates("b.example")), Some(Cause::NotExpected));
    assert_eq!(asked(&world, ACM, Method::PUT, ALICE), 204);
    assert_eq!(world.migrates("b.example"), Some(Outcome::Success));
}

#[test]
fn who_is_here_and_accepted_no_more_leaves_and_both_systems_know() {
    let world = world(Visitors::Expected);
    assert_eq!(asked(&world, ACM, Method::PUT, ALICE), 204);
    assert_eq!(world.migrates("b.example"), Some(Outcome::Success));
    world.seconds(5);
    assert_eq!(asked(&world, ACM, Method::DELETE, ALICE), 204);
    world.seconds(60);
    assert!(!world.is_authorized("b.example", &visitor("b.example")) && !world.is_marked());
    assert_eq!(world.ended("b.example"), [Some(Cause::NotExpected)], "his client hears why");
    assert_eq!(asked(&world, ACM, Method::DELETE, ALICE), 204, "it may be repeated");
}

#[test]
fn who_asks_and_is_accepted_no_more_meanwhile_is_refused() {
    let world = world(Visitors::Expected);
    assert_eq!(asked(&world, ACM, Method::PUT, ALICE), 204);
    world.way("a.example", Way::Mute);
    assert_eq!(world.migrates("b.example"), None);
    assert_eq!(asked(&world, ACM, Method::DELETE, ALICE), 204);
    world.lab.run();
    let told = world.told::<xml_schemas::migration::MigrationServiceAuthorizationResponse>("b.example");
    assert_eq!(cause(told.last().map(|answer| answer.outcome.clone())), Some(Cause::NotExpected));
}

#[test]
fn whoever_is_accepted_no_more_stays_where_the_operator_wants_that() {
    let world = World::of(|_, config| {
        config.acm_servers = vec![ACM.into()];
        config.removed_leave = false;
    });
    assert_eq!(world.migrates("b.example"), Some(Outcome::Success));
    assert_eq!(asked(&world, ACM, Method::DELETE, ALICE), 204);
    world.seconds(60);
    assert!(world.is_authorized("b.example", &visitor("b.example")) && world.is_marked());
}

#[test]
fn nobody_else_says_who_is_expected_and_only_of_partners_users() {
    let world = world(Visitors::Expected);
    assert_eq!(asked(&world, "lms1.core.b.example", Method::PUT, ALICE), 403);
    assert_eq!(asked(&world, ACM, Method::PUT, "sip:eve@z.example"), 403);
    assert_eq!(asked(&world, ACM, Method::PUT, "alice"), 404);
    assert_eq!(asked(&world, ACM, Method::POST, ALICE), 405);
    assert_eq!(asked(&world, ACM, Method::GET, visitor("b.example").as_str()), 404);
}

/// Records of others, more than are read before a server serves.
fn crowd(store: &dyn Store) {
    let batch = (0..6_000).fold(Batch::new(), |batch, number| {
        let mark = "{\"sys\":\"a.example\",\"id\":\"sip:m1@a.example\",\"prof\":3,\"since\":1,\"ok\":true}";
        batch.put(format!("service/migration/mark/mcptt/sip:aaa{number}@b.example"), mark)
    });
    store.commit(batch).now_or_never().unwrap().unwrap();
}

fn dismissal() -> http::Request<bytes::Bytes> {
    let request = http::Request::builder().method(Method::DELETE);
    request.uri(format!("/mcx/service/expected/{ALICE}")).body(bytes::Bytes::new()).unwrap()
}

#[test]
fn who_is_accepted_no_more_leaves_a_server_that_has_not_read_him_yet() {
    let world = world(Visitors::Any);
    assert_eq!(world.migrates("b.example"), Some(Outcome::Success));
    world.seconds(5);
    crowd(&*world.store("b.example"));
    let world = world.restart_at_once(Duration::from_secs(1));
    assert!(!world.migrations("b.example").is_read());
    let web = world.systems["b.example"].web();
    let mut answered = world.lab.fetch_later(&web, dismissal(), arrival("inner", ACM));
    world.seconds(60);
    assert_eq!(answered.try_recv().unwrap().expect("is answered").status(), 204);
    assert!(!world.is_authorized("b.example", &visitor("b.example")) && !world.is_marked());
    assert_eq!(world.ended("b.example"), [Some(Cause::NotExpected)]);
}

#[test]
fn who_is_accepted_no_more_leaves_whichever_process_let_him_in_and_whichever_is_told() {
    let world = world(Visitors::Any);
    let second = world.second("b.example");
    world.registers("b.example", "visitor", 86_400);
    world.way("a.example", Way::Mute);
    // He is accepted for processing by the first process; the second is told before it has heard of that.
    world.publishes_soon("b.example", "visitor", &world.publication("b.example", Some("r-1")));
    let response = world.lab.fetch(&second.web(), dismissal(), arrival("inner", ACM));
    assert_eq!(response.expect("is answered").status(), 204);
    world.seconds(5);
    assert!(world.migrations("b.example").visits().is_empty(), "nobody asks in his name");
    let told = world.told::<xml_schemas::migration::MigrationServiceAuthorizationResponse>("b.example");
    assert_eq!(cause(told.last().map(|answer| answer.outcome.clone())), Some(Cause::NotExpected));
}

#[test]
fn an_acceptance_that_is_taken_back_leaves_what_was_before() {
    let world = world(Visitors::Any);
    let undo = format!("{ALICE}?undo");
    assert_eq!(asked(&world, ACM, Method::PUT, ALICE), 204);
    assert_eq!(asked(&world, ACM, Method::DELETE, &undo), 204);
    assert_eq!(asked(&world, ACM, Method::DELETE, &undo), 204, "it may be repeated");
    assert_eq!(world.migrates("b.example"), Some(Outcome::Success), "the operator takes anybody");
    world.returns();
    assert_eq!(asked(&world, ACM, Method::DELETE, ALICE), 204);
    assert_eq!(asked(&world, ACM, Method::PUT, ALICE), 204);
    assert_eq!(asked(&world, ACM, Method::DELETE, &undo), 204);
    assert_eq!(cause(world.migrates("b.example")), Some(Cause::NotExpected), "he was sent away before");
}

#[test]
fn what_comes_late_undoes_no_later_decision_after_a_restart_neither() {
    let world = world(Visitors::Expected);
    let says = |world: &World, method, turn| asked_in(world, ACM, (method, ALICE), Some(turn));
    assert_eq!(says(&world, Method::PUT, [1, 1]), 204);
    assert_eq!(says(&world, Method::DELETE, [2, 2]), 204);
    let world = world.restart(Duration::from_secs(60));
    world.returns();
    assert_eq!(says(&world, Method::PUT, [1, 9]), 409);
    assert_eq!(cause(world.migrates("b.example")), Some(Cause::NotExpected));
    assert_eq!(says(&world, Method::PUT, [3, 3]), 204);
    assert_eq!(world.migrates("b.example"), Some(Outcome::Success));
    world.seconds(5);
    assert_eq!(says(&world, Method::DELETE, [2, 2]), 409);
    world.seconds(60);
    assert!(world.is_authorized("b.example", &visitor("b.example")), "he does not leave");
}

#[test]
fn what_does_not_say_in_its_turn_what_it_says_is_not_heard() {
    let world = world(Visitors::Expected);
    for wrong in ["1", "later"] {
        let request = http::Request::put(format!("/mcx/service/expected/{ALICE}")).header(TURN_FIELD, wrong);
        let request = request.body(bytes::Bytes::new()).unwrap();
        let web = world.systems["b.example"].web();
        let response = world.lab.fetch(&web, request, arrival("inner", ACM)).expect("is answered");
        assert_eq!(response.status(), 400, "{wrong}");
    }
    assert_eq!(cause(world.migrates("b.example")), Some(Cause::NotExpected));
}

/// An ACM server that was killed between this server's commit and its own says the same again.
#[test]
fn what_is_said_again_of_one_decision_stands_once_in_the_audit_log() {
    let world = world(Visitors::Expected);
    for (method, turn) in [
        (Method::PUT, [1, 1]),
        (Method::PUT, [1, 2]),
        (Method::DELETE, [2, 3]),
        (Method::DELETE, [2, 4]),
        (Method::PUT, [3, 5]),
    ] {
        assert_eq!(asked_in(&world, ACM, (method, ALICE), Some(turn)), 204);
    }
    let acts = world.entries("b.example").into_iter().map(|entry| entry.act);
    let acts: Vec<_> = acts.filter(|act| act.ends_with("expected")).collect();
    assert_eq!(acts, ["migration.expected", "migration.unexpected", "migration.expected"]);
}

/// RFC 3261 25.1, user-unreserved: a user may be called by what ends a path of HTTP.
#[test]
fn who_is_called_by_a_question_mark_is_expected_as_himself() {
    let world = world(Visitors::Expected);
    assert_eq!(asked(&world, ACM, Method::PUT, "sip:ann%3Fx@a.example"), 204);
    let entries = world.entries("b.example");
    assert_eq!(entries.last().unwrap().on, ["sip:ann?x@a.example"]);
}
