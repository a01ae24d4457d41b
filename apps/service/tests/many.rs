//! A server that has kept more than it reads at once serves from its first moment on: whoever a request is about is looked up.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use kit::Cause;
use store::{Batch, Store};
use systems::{ALICE, World, id, visitor};
use xml_schemas::{body::interconnection_info::McService, migration::Outcome};

const A: &str = "a.example";
const B: &str = "b.example";

/// More than is read before a server serves.
const MANY: usize = 6_000;

/// Records of others, so that what comes behind them has not been read when a server begins to serve.
fn crowd(store: &dyn Store) {
    let batch = (0..MANY).fold(Batch::new(), |batch, number| {
        let mark = "{\"sys\":\"b.example\",\"id\":\"sip:m1@b.example\",\"prof\":3,\"since\":1,\"ok\":true}";
        let bound = "{\"reg\":99999999999999,\"cl\":[]}";
        batch
            .put(format!("service/migration/mark/mcptt/sip:aaa{number}@a.example"), mark)
            .put(format!("service/authorization/sip:aaa{number}.imsi@a.example"), bound)
    });
    futures::FutureExt::now_or_never(store.commit(batch)).unwrap().unwrap();
}

#[test]
fn a_user_who_has_not_been_read_yet_is_looked_up() {
    let world = World::new();
    assert_eq!(world.returns(), (200, None), "authorized at home");
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    let before = world.migrations(A).mark(McService::Mcptt, &id(ALICE)).unwrap();
    crowd(&*world.store(A));
    crowd(&*world.store(B));

    // The lab's clock stands still: nothing is read but what is asked for.
    let world = world.restart_at_once(Duration::from_secs(1));
    assert!(!world.systems[A].authorizations().is_read() && !world.migrations(A).is_read());
    assert!(world.migrations(A).mark(McService::Mcptt, &id(ALICE)).is_none(), "has not been read");
    let (answer, cause) = world.says(B, A, &World::request(B, Some("r-1")));
    assert_eq!((answer, cause), (200, None));
    world.lab.run();
    let mark = world.migrations(A).mark(McService::Mcptt, &id(ALICE)).unwrap();
    assert_eq!((mark.since, mark.system), (before.since, before.system), "its own mark is renewed");
    assert_eq!(world.revokes(A, ALICE), Ok(()));
    world.seconds(60);
    assert!(world.systems[A].authorizations().is_read() && world.migrations(A).is_read());
    assert!(world.migrations(A).mark(McService::Mcptt, &id(ALICE)).is_none(), "and is not read back");
    assert!(world.agree(B) && !world.is_authorized(B, &visitor(B)));
    assert_eq!(world.migrations(A).marks().len(), MANY);
}

#[test]
fn who_has_migrated_counts_as_away_before_everything_has_been_read() {
    let world = World::new();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(1);
    crowd(&*world.store(A));
    let world = world.restart_at_once(Duration::from_secs(1));
    assert_eq!(
        world.settles_at_home(),
        (403, Some(Cause::MigratedAway)),
        "his settings without a token are refused"
    );
}

#[test]
fn what_was_asked_before_a_restart_is_asked_again_once_it_has_been_read() {
    let world = World::new();
    world.way(A, systems::Way::Down);
    world.registers(B, "visitor", 86_400);
    let publication = world.publication(B, Some("r-1"));
    assert_eq!(world.publishes(B, "visitor", &publication), (200, None));
    world.lab.run();
    assert!(world.migrations(B).visits().iter().any(service::migration::Visit::is_asking));
    crowd(&*world.store(B));
    let world = world.restart(Duration::from_secs(1));
    world.seconds(60);
    assert!(world.agree(B) && world.is_marked());
}
