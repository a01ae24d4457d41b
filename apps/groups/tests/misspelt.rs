//! What an administrator means and does not write is told: a partner by another name, a group of the own system.
#![allow(clippy::expect_used, reason = "helpers of tests fail loudly")]

mod two_servers;

use http::Method;
use two_servers::{A, FIRE, World, fire};

fn refused(world: &World, method: Method, path: &str) -> String {
    let (status, body) = world.admin(A, method, path);
    assert_eq!((status, body["cause"].as_u64()), (403, Some(12)), "{path}: {body}");
    body["detail"].as_str().expect("says why").to_owned()
}

#[test]
fn a_partner_that_there_is_not_is_refused_with_the_one_that_is_nearest() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    for (method, path) in [
        (Method::PUT, format!("shares/b.exmaple/{FIRE}")),
        (Method::DELETE, format!("shares/b.exmaple/{FIRE}")),
        (Method::GET, format!("preview?partner=b.exmaple&group={FIRE}")),
        (Method::GET, "status?partner=b.exmaple".to_owned()),
    ] {
        let why = refused(&world, method, &path);
        assert_eq!(why, "no partner has this name; did you mean b.example?", "{path}");
    }
    assert_eq!(refused(&world, Method::GET, "status?partner=zzz"), "no partner has this name");
    assert_eq!(world.admin(A, Method::GET, "status?partner=b.example").0, 200);
}

#[test]
fn a_group_of_the_own_system_is_requested_of_nobody() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let why = refused(&world, Method::POST, &format!("requests/{FIRE}"));
    assert!(why.contains("of this MC system itself"), "{why}");
}
