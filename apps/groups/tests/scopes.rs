//! TS 33.180 clause B.4.2.2: which access tokens are for a group management server. RFC 6750 clause 3.1
#![allow(clippy::expect_used, reason = "helpers of tests fail loudly")]

mod two_servers;

use http::{Method, Request};
use kit::{Cause, testing::arrival};
use two_servers::{A, FIRE, From, World, fire, path};

const ADMIN: &str = "sip:admin@a.example";

/// Status, cause and challenge of what a user is answered with a token of these scopes.
fn asks(world: &World, user: &str, scope: &str, method: &Method) -> (u16, Option<Cause>, String) {
    asks_at(world, &path(FIRE), (user, scope), method)
}

fn asks_at(
    world: &World,
    path: &str,
    (user, scope): (&str, &str),
    method: &Method,
) -> (u16, Option<Cause>, String) {
    let body = if method == Method::PUT { fire(7) } else { String::new() };
    let token = format!("Bearer {}", world.token_for(user, scope));
    let request = Request::builder().method(method).uri(path).header("authorization", token);
    let request = request.header("content-type", groups::group::MEDIA_TYPE).body(body.into()).expect("valid");
    let mut from = arrival("clients", "nobody");
    from.certificate = None;
    let answer = world.lab.fetch(&world.servers[A].site, request, from).expect("answered");
    let challenge =
        answer.headers().get("www-authenticate").map(|field| field.to_str().expect("text").to_owned());
    (answer.status().as_u16(), Cause::from_fields(answer.headers()), challenge.unwrap_or_default())
}

#[test]
fn b_4_2_2_a_token_for_something_else_reads_and_writes_no_group() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    for scope in [
        "3gpp:mc:data_service",
        "openid 3gpp:mc:ptt_key_management_service",
        "3gpp:mc:ptt_config_management_service 3gpp:mc:video_service",
        "openid profile email",
        "",
    ] {
        for (user, method) in
            [("sip:alice@a.example", Method::GET), (ADMIN, Method::GET), (ADMIN, Method::PUT)]
        {
            let (status, cause, told) = asks(&world, user, scope, &method);
            assert_eq!((status, cause), (403, Some(Cause::InsufficientScope)), "{scope}: {user} {method}");
            assert!(told.contains("error=\"insufficient_scope\""), "{told}");
            assert!(told.ends_with("scope=\"3gpp:mc:ptt_group_management_service\""), "{told}");
        }
    }
    for service in ["ptt", "video", "data"] {
        let scope = format!("openid 3gpp:mc:{service}_group_management_service");
        assert_eq!(asks(&world, ADMIN, &scope, &Method::PUT).0, 200, "{scope}");
        assert_eq!(asks(&world, ADMIN, &scope, &Method::GET).0, 200, "{scope}");
    }
    assert_eq!(world.get(A, From::User(ADMIN), FIRE).status(), 200);
}

#[test]
fn rfc4825_12_what_anybody_may_read_is_read_with_a_token_for_something_else_too() {
    let world = World::new();
    let caps = "/xcap-caps/global/index";
    let read = |scope| asks_at(&world, caps, (ADMIN, scope), &Method::GET);
    assert_eq!((read("openid").0, read("3gpp:mc:ptt_service").0), (200, 200));
    assert_eq!(asks(&world, ADMIN, "openid", &Method::GET).1, Some(Cause::InsufficientScope));
}
