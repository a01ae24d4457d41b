//! TS 33.180 clause B.4.2.2: which access tokens are for a configuration management server. RFC 6750 clause 3.1
#![allow(clippy::expect_used, reason = "a test that cannot build its own messages has to fail loudly")]

mod server;

use http::Method;
use kit::{
    Cause,
    tokens::{IssuerConfig, Scopes},
};
use server::{ADMIN, BOB, From, PROFILE, PROFILE_TYPE, World, profile};

/// Status and cause of what a user is answered with a token of these scopes.
fn asks(world: &World, user: &str, scopes: &[&str], method: Method) -> (u16, Option<Cause>) {
    let token = format!("Bearer {}", world.token_for(user, scopes));
    let body = if method == Method::PUT { profile("") } else { String::new() };
    let fields = [("authorization", token.as_str()), ("content-type", PROFILE_TYPE)];
    let answer = world.send(From::Nobody, method, PROFILE, &fields, &body);
    (answer.status().as_u16(), Cause::from_fields(answer.headers()))
}

const ELSEWHERE: [&[&str]; 5] = [
    &["openid", "3gpp:mc:ptt_service"],
    &["3gpp:mc:data_service"],
    &["3gpp:mc:ptt_group_management_service", "3gpp:mc:ptt_key_management_service"],
    &["openid", "profile", "email"],
    &[],
];

#[test]
fn b_4_2_2_a_token_for_something_else_reads_and_writes_no_profile() {
    let world = World::new();
    world.put_profile("");
    let refused = (403, Some(Cause::InsufficientScope));
    for scopes in ELSEWHERE {
        for (user, method) in [(BOB, Method::GET), (ADMIN, Method::GET), (ADMIN, Method::PUT)] {
            assert_eq!(asks(&world, user, scopes, method.clone()), refused, "{scopes:?}: {user} {method}");
        }
    }
    for service in ["ptt", "video", "data"] {
        let scope = format!("3gpp:mc:{service}_config_management_service");
        assert_eq!(asks(&world, BOB, &["openid", &scope], Method::GET), (200, None), "{scope}");
        assert_eq!(asks(&world, ADMIN, &[&scope], Method::PUT), (200, None), "{scope}");
    }
}

#[test]
fn rfc6750_3_1_whoever_lacks_a_scope_is_told_which() {
    let world = World::new();
    let token = format!("Bearer {}", world.token_for(BOB, &["3gpp:mc:ptt_service"]));
    let answer = world.send(From::Nobody, Method::GET, PROFILE, &[("authorization", &token)], "");
    let told = answer.headers()["www-authenticate"].to_str().expect("text");
    let begins =
        "Bearer realm=\"mission critical services\", error=\"insufficient_scope\", error_description=\"";
    assert!(told.starts_with(begins), "{told}");
    assert!(told.ends_with(", scope=\"3gpp:mc:ptt_config_management_service\""), "{told}");
}

#[test]
fn b_4_2_2_an_issuer_that_knows_no_such_scopes_is_taken_where_the_operator_says_so() {
    let mut world = World::new();
    world.put_profile("");
    world.restart(|config| {
        for IssuerConfig { scopes, .. } in &mut config.issuers {
            *scopes = Scopes::AsNamed;
        }
    });
    let refused = (403, Some(Cause::InsufficientScope));
    let expected = [refused, refused, refused, (200, None), (200, None)];
    let told = ELSEWHERE.map(|scopes| asks(&world, BOB, scopes, Method::GET));
    assert_eq!(told, expected, "{ELSEWHERE:?}");
}
