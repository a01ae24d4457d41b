//! `GET /mcx/service/status`: for administrators alone.
#![allow(clippy::expect_used, reason = "a test that cannot build its own messages has to fail loudly")]

mod servers;

use bytes::Bytes;
use http::{Request, header};
use kit::testing::arrival;
use servers::{BOB, FLOOD, World, issuer};

fn status(world: &World, user: Option<&str>) -> (u16, serde_json::Value) {
    let mut request = Request::get("/mcx/service/status");
    if let Some(user) = user {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", world.token(user)));
    }
    let mut from = arrival("clients", "nobody");
    from.certificate = None;
    let request = request.body(Bytes::new()).expect("valid");
    let response = world.lab.fetch(&world.server.web(), request, from).expect("is answered");
    (response.status().as_u16(), serde_json::from_slice(response.body()).expect("JSON"))
}

#[test]
fn an_administrator_sees_users_and_groups_and_nobody_else_does() {
    let world = World::of(|config, signer| config.issuers = vec![issuer(signer)]);
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    assert_eq!(world.registers(600, Some(&world.token(BOB))), 200);
    let (code, told) = status(&world, Some("sip:admin@b.example"));
    assert_eq!(code, 200);
    assert_eq!(told["users"][0]["groups"][0], FLOOD);
    assert_eq!(told["groups"][0]["members"][0], BOB);
    assert_eq!((status(&world, Some(BOB)).0, status(&world, None).0), (403, 403));
}
