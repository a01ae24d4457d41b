//! `GET /mcx/service/status`: everybody for administrators, himself for a user.
#![allow(clippy::expect_used, reason = "a test that cannot build its own messages has to fail loudly")]

mod servers;

use bytes::Bytes;
use http::{Request, Response, header, request::Builder};
use kit::testing::arrival;
use servers::{BOB, FLOOD, World, issuer};

fn status(world: &World, user: Option<&str>) -> (u16, serde_json::Value) {
    sent(world, Request::get("/mcx/service/status"), user)
}

fn sent(world: &World, request: Builder, user: Option<&str>) -> (u16, serde_json::Value) {
    let response = answered(world, request, user);
    (response.status().as_u16(), serde_json::from_slice(response.body()).expect("JSON"))
}

fn answered(world: &World, mut request: Builder, user: Option<&str>) -> Response<Bytes> {
    if let Some(user) = user {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", world.token(user)));
    }
    let mut from = arrival("clients", "nobody");
    from.certificate = None;
    let request = request.body(Bytes::new()).expect("valid");
    world.lab.fetch(&world.server.web(), request, from).expect("is answered")
}

#[test]
fn an_administrator_sees_users_and_groups_and_a_user_himself_alone() {
    let world = World::of(|config, signer| config.issuers = vec![issuer(signer)]);
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    assert_eq!(world.registers(600, Some(&world.token(BOB))), 200);
    let (code, told) = status(&world, Some("sip:admin@b.example"));
    assert_eq!(code, 200);
    assert_eq!(told["users"][0]["groups"][0], FLOOD);
    assert_eq!(told["groups"][0]["members"][0], BOB);
    let (code, himself) = status(&world, Some(BOB));
    assert_eq!(
        (code, himself["users"].as_array().map(Vec::len), himself["users"][0]["id"].as_str()),
        (200, Some(1), Some(BOB))
    );
    assert_eq!(himself["groups"], serde_json::json!([]));
    let (code, nobody) = status(&world, Some("sip:mallory@b.example"));
    assert_eq!((code, &nobody["users"]), (200, &serde_json::json!([])), "nobody sees another");
    assert_eq!(status(&world, None).0, 403);
}

#[test]
fn only_an_administrator_takes_a_migration_back() {
    let world = World::of(|config, signer| config.issuers = vec![issuer(signer)]);
    let taken_back = |user| {
        let of_bob = Request::delete(format!("/mcx/service/migrations/{BOB}"));
        sent(&world, of_bob, Some(user)).0
    };
    assert_eq!(taken_back(BOB), 403, "not even his own");
    assert_ne!(taken_back("sip:admin@b.example"), 403);
}

#[test]
fn a_method_that_there_is_not_is_405_with_those_that_there_are() {
    let world = World::of(|config, signer| config.issuers = vec![issuer(signer)]);
    for (path, allowed) in [
        ("/mcx/service/status".to_owned(), "GET, HEAD"),
        ("/mcx/service/migrations".to_owned(), "GET, HEAD"),
        (format!("/mcx/service/migrations/{BOB}"), "DELETE"),
    ] {
        let refused = answered(&world, Request::put(&path), Some("sip:admin@b.example"));
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()[header::ALLOW]),
            (405, &allowed.parse().expect("valid"))
        );
    }
}
