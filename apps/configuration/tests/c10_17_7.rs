//! TS 23.280 10.17.7 at the configuration management server: an own server that the operator made an administrator updates profiles.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod server;

use http::Method;
use kit::{OwnServer, testing::hop};
use server::{BOB, From, MCS, PROFILE, PROFILE_TYPE, World, config, entry, profile};
use xml_schemas::ids::Psi;

const ACM: &str = "acm1.core.b.example";
const ACM_PSI: &str = "sip:acm_psi@b.example";

fn world(administrators: &[&str]) -> World {
    let mut config = config();
    let psi = Psi::new(ACM_PSI).unwrap();
    config.servers.push(OwnServer { identity: ACM.into(), psi, hop: hop(ACM) });
    config.administrators.extend(administrators.iter().map(|each| (*each).to_owned()));
    World::of(config)
}

#[test]
fn the_acm_server_writes_profiles_where_it_is_an_administrator() {
    let world = world(&[ACM_PSI]);
    let put = world.put(From::Server(ACM), PROFILE, PROFILE_TYPE, &profile(""));
    assert_eq!(put.status(), 201);
    let etag = put.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(world.status(From::Server(ACM), PROFILE), 200);
    let fields = [("content-type", PROFILE_TYPE), ("if-match", "\"another\"")];
    let stale = world.send(From::Server(ACM), Method::PUT, PROFILE, &fields, &profile(""));
    assert_eq!(stale.status(), 412);
    let fields = [("content-type", PROFILE_TYPE), ("if-match", etag.as_str())];
    assert_eq!(world.send(From::Server(ACM), Method::PUT, PROFILE, &fields, &profile("")).status(), 200);
}

#[test]
fn no_other_server_writes() {
    let world = world(&[]);
    for server in [ACM, MCS] {
        let put = world.put(From::Server(server), PROFILE, PROFILE_TYPE, &profile(""));
        assert_eq!(put.status(), 403, "{server}");
    }
    let stranger = self::world(&[ACM_PSI]);
    assert_eq!(stranger.put(From::Server(MCS), PROFILE, PROFILE_TYPE, &profile("")).status(), 403);
    assert_eq!(
        stranger.put(From::Server("acm1.core.c.example"), PROFILE, PROFILE_TYPE, &profile("")).status(),
        403
    );
}

#[test]
fn what_the_server_itself_would_write_into_a_profile_is_told_to_own_servers_and_changes_nothing() {
    const AS_KEPT: &str = "/mcx/configuration/as-kept";
    let world = world(&[ACM_PSI]);
    let given = profile(&entry("sip:flood@a.example"));
    let ask = |from, method| world.send(from, method, AS_KEPT, &[("content-type", PROFILE_TYPE)], &given);
    let told = ask(From::Server(ACM), Method::POST);
    assert_eq!(told.status(), 200);
    assert_eq!(world.status(From::Server(ACM), PROFILE), 404, "nothing is kept");
    assert_eq!(world.put(From::Server(ACM), PROFILE, PROFILE_TYPE, &given).status(), 201);
    assert_eq!(told.body(), world.get(From::Server(ACM), PROFILE).body(), "as it is kept when it is put");
    assert!(*told.body() != given, "the server has written something");
    let own = world.send(From::Server(ACM), Method::POST, AS_KEPT, &[], &profile(""));
    assert_eq!(*own.body(), profile(""), "of no partner's group");
    assert_eq!(ask(From::Server(ACM), Method::GET).status(), 405);
    for other in [From::User(BOB), From::Server("acm1.core.c.example"), From::Nobody] {
        assert_eq!(ask(other, Method::POST).status(), 403, "{other:?}");
    }
}
