//! TS 23.280 10.17.5 at the MC service server, and 10.6.3.3 step 2 where it counts: whom the own ACM server has accepted can migrate at
//! once, and whom it has sent away no longer.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use http::Method;
use kit::{Cause, testing::arrival};
use service::migration::Visitors;
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
    let path = format!("/mcx/service/expected/{id}");
    let request = http::Request::builder().method(method).uri(path).body(bytes::Bytes::new()).unwrap();
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
fn nobody_else_says_who_is_expected_and_only_of_partners_users() {
    let world = world(Visitors::Expected);
    assert_eq!(asked(&world, "lms1.core.b.example", Method::PUT, ALICE), 403);
    assert_eq!(asked(&world, ACM, Method::PUT, "sip:eve@z.example"), 403);
    assert_eq!(asked(&world, ACM, Method::PUT, "alice"), 404);
    assert_eq!(asked(&world, ACM, Method::POST, ALICE), 405);
    assert_eq!(asked(&world, ACM, Method::GET, visitor("b.example").as_str()), 404);
}
