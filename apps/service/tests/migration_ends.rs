//! How a migration ends, of which TS 23.280 10.6.3 says nothing (`SPEC.md`): by leaving, returning, time and revocation; and how two
//! systems find out that they disagree.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use futures::FutureExt as _;
use kit::Cause;
use systems::{ALICE, Way, World, id, visitor};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::RequestId,
    migration::{MigrationEnded, Outcome, Refusal},
};

const A: &str = "a.example";
const B: &str = "b.example";

fn migrated(change: impl Fn(&str, &mut service::migration::MigrationConfig)) -> World {
    let world = World::of(change);
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world
}

#[test]
fn whoever_logs_off_from_the_partner_system_has_left_it() {
    let world = migrated(|_, _| ());
    world.registers(B, "visitor", 0);
    world.lab.run();
    assert!(!world.is_marked() && world.agree(B));
    let keeps = migrated(|_, migration| migration.log_off_ends = false);
    keeps.registers(B, "visitor", 0);
    keeps.lab.run();
    assert!(keeps.is_marked());
}

#[test]
fn leaving_is_told_until_the_primary_system_has_heard_it() {
    let world = migrated(|_, _| ());
    world.way(A, Way::Down);
    world.registers(B, "visitor", 0);
    world.seconds(20);
    assert!(world.is_marked(), "it cannot know");
    let world = world.restart(Duration::from_secs(1));
    world.seconds(2);
    assert!(!world.is_marked() && world.agree(B));
}

#[test]
fn whoever_is_authorized_at_home_has_returned() {
    let world = migrated(|_, _| ());
    assert_eq!(world.returns(), (200, None));
    assert!(world.is_authorized(A, &id(ALICE)) && !world.is_marked());
    assert!(!world.is_authorized(B, &visitor(B)) && world.agree(B));
    assert_eq!(world.ended(B), [Some(Cause::ReturnedHome)]);
}

#[test]
fn a_mark_ends_with_its_time_unless_it_is_renewed() {
    let hour = |_: &str, migration: &mut service::migration::MigrationConfig| {
        migration.lifetime = Some(Duration::from_secs(3600));
    };
    let world = migrated(hour);
    world.seconds(3000);
    assert_eq!(world.asks(B, "r-2", |_| ()), Some(Outcome::Success));
    world.seconds(3000);
    assert!(world.is_marked() && world.agree(B), "renewed");
    world.seconds(700);
    assert!(!world.is_marked() && world.agree(B) && !world.is_authorized(B, &visitor(B)));
    assert_eq!(world.ended(B), [Some(Cause::MigrationExpired)]);
}

#[test]
fn the_primary_system_takes_back_its_yes() {
    let world = migrated(|_, _| ());
    let revoked = |world: &World| {
        let (server, (sender, mut done)) = (world.systems[A].clone(), futures::channel::oneshot::channel());
        let work = async move {
            let _ = sender.send(server.revoke_migration(&id(ALICE)).await.map_err(|stop| stop.cause()));
        };
        world.lab.world("operator").tasks.spawn(work.boxed());
        world.lab.run();
        done.try_recv().unwrap().unwrap()
    };
    assert_eq!(revoked(&world), Ok(()));
    assert!(!world.is_marked() && world.agree(B) && !world.is_authorized(B, &visitor(B)));
    assert_eq!(world.ended(B), [Some(Cause::Revoked)]);
    assert_eq!(revoked(&world), Err(Cause::NotMigrated));
}

#[test]
fn an_administrator_sees_who_has_migrated_and_revokes_it_and_nobody_else_does() {
    let world = migrated(|_, _| ());
    let (admin, path) = ("sip:admin@a.example", "/mcx/service/migrations");
    let of_alice = format!("{path}/{ALICE}");
    assert_eq!(world.fetches(A, ALICE, http::Method::DELETE, &of_alice).0, 403);
    let (status, told) = world.fetches(A, admin, http::Method::GET, path);
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(
        (status, &told["marks"][0]["system"], &told["marks"][0]["id"]),
        (200, &B.into(), &ALICE.into())
    );
    let (_, told) = world.fetches(B, "sip:admin@b.example", http::Method::GET, path);
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(
        (&told["visits"][0]["admitted"], &told["visits"][0]["primary-id"]),
        (&true.into(), &ALICE.into())
    );
    assert_eq!(world.fetches(A, admin, http::Method::DELETE, &of_alice).0, 204);
    world.lab.run();
    assert!(!world.is_marked() && world.agree(B));
    assert_eq!(world.fetches(A, admin, http::Method::DELETE, &of_alice).0, 404);
    assert_eq!(world.fetches(A, admin, http::Method::PUT, path).0, 405);
}

#[test]
fn a_visitor_whose_client_goes_while_its_request_is_under_way_is_not_left_marked() {
    let world = World::new();
    world.way(B, Way::Down);
    assert_eq!(world.migrates(B), None);
    assert!(world.is_marked());
    world.registers(B, "visitor", 0);
    world.way(B, Way::Open);
    world.seconds(5);
    assert!(!world.is_marked() && world.agree(B) && !world.is_authorized(B, &visitor(B)));
}

#[test]
fn a_late_notice_ends_no_later_migration() {
    let world = migrated(|_, _| ());
    let late = MigrationEnded {
        request_id: RequestId::new("r-0").unwrap(),
        service: McService::Mcptt,
        partner: visitor(B),
        primary: id(ALICE),
        reason: Refusal { code: Some(Cause::GivenUp.code()), text: None },
    };
    assert_eq!(world.says(B, A, &late), (200, None));
    assert!(world.is_marked() && world.agree(B));
    let other = MigrationEnded { request_id: RequestId::new("r-1").unwrap(), ..late };
    assert_eq!(world.says("c.example", A, &other), (200, None), "of another system");
    assert!(world.is_marked());
    assert_eq!(world.says(B, A, &other), (200, None));
    assert!(!world.is_marked());
}

#[test]
fn systems_that_disagree_find_out() {
    let hourly = |_: &str, migration: &mut service::migration::MigrationConfig| {
        migration.reconcile_every = Some(Duration::from_secs(3600));
    };
    let world = migrated(hourly);
    world.seconds(3600);
    assert!(world.is_marked() && world.agree(B), "agreement changes nothing");
    // A hears of an end that B does not know of: as where B was restored from a copy of yesterday.
    let ended = MigrationEnded {
        request_id: RequestId::new("r-1").unwrap(),
        service: McService::Mcptt,
        partner: visitor(B),
        primary: id(ALICE),
        reason: Refusal::default(),
    };
    assert_eq!(world.says(B, A, &ended), (200, None));
    assert!(!world.agree(B));
    world.seconds(3600);
    assert!(world.agree(B) && !world.is_authorized(B, &visitor(B)));
    assert_eq!(world.ended(B), [Some(Cause::NotMigrated)]);
}
