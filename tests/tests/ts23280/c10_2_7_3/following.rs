//! Copies that follow by subscription: SUBSCRIBE and NOTIFY through gateways and without, refreshes included (`follow`).

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use mcx_tests::{Home, Topology, TwoSystems};

use super::steps::ask;
use crate::{GATEWAY_A, GMS_A, GMS_B, groups::adapted};

/// The partner has asked for the group, and follows it from then on.
fn followed(topology: Topology, test: impl AsyncFnOnce(&mut TwoSystems)) {
    let mut setup = TwoSystems::new().topology(topology).on_request();
    for home in [Home::Primary, Home::Partner] {
        setup = setup.with(home, |config| {
            config.set("groups.partner.0.follow", "subscribe");
        });
    }
    setup.run(async |world| {
        let fire = world.fire();
        assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
        assert_eq!(ask(world).await.status(), StatusCode::OK);
        world.advance(Duration::from_secs(1)).await;
        test(world).await;
    });
}

/// The group with this priority, defined at the primary.
async fn change(world: &mut TwoSystems, priority: u8) -> String {
    let changed = world.fire().replace(">7<", &format!(">{priority}<"));
    assert_eq!(world.define(&changed).await.unwrap().status(), StatusCode::OK);
    adapted(&changed)
}

#[test]
fn a_change_and_a_deletion_follow_also_after_refreshes() {
    for topology in [Topology::Hidden, Topology::Open, Topology::Direct] {
        followed(topology, async |world| {
            let changed = change(world, 3).await;
            world.advance(Duration::from_secs(1)).await;
            assert_eq!(world.stored(Home::Partner).await, Some(changed));
            world.advance(Duration::from_secs(2 * 3_700)).await;
            let changed = change(world, 2).await;
            world.advance(Duration::from_secs(1)).await;
            assert_eq!(world.stored(Home::Partner).await, Some(changed), "after two refreshes");
            let (administrator, path) = (world.administrator(Home::Primary), world.group_path());
            let deleted = administrator.send(Method::DELETE, &path, Bytes::new()).await.unwrap();
            assert!(deleted.status().is_success());
            world.advance(Duration::from_secs(1)).await;
            assert_eq!(world.stored(Home::Partner).await, None);
        });
    }
}

#[test]
fn a_connection_that_breaks_under_a_notify_loses_no_change() {
    for (topology, next) in [(Topology::Hidden, GATEWAY_A), (Topology::Direct, GMS_B)] {
        followed(topology, async |world| {
            world.cut(GMS_A, next);
            let changed = change(world, 3).await;
            world.advance(Duration::from_secs(3)).await;
            assert_ne!(world.stored(Home::Partner).await, Some(changed.clone()));
            world.network().mend();
            world.advance(Duration::from_secs(10)).await;
            assert_eq!(world.stored(Home::Partner).await, Some(changed));
        });
    }
}

/// For longer than a NOTIFY is awaited nothing is answered: the primary gives the subscription up (RFC 6665 4.2.2).
#[test]
fn a_silence_under_a_notify_makes_a_copy_stale_for_minutes_only() {
    for (topology, next) in [(Topology::Hidden, GATEWAY_A), (Topology::Direct, GMS_B)] {
        followed(topology, async |world| {
            world.silence(GMS_A, next);
            let changed = change(world, 3).await;
            world.advance(Duration::from_secs(40)).await;
            world.network().mend();
            assert_ne!(world.stored(Home::Partner).await, Some(changed.clone()));
            world.advance(Duration::from_secs(330)).await;
            assert_eq!(world.stored(Home::Partner).await, Some(changed));
        });
    }
}

#[test]
fn a_connection_that_stays_broken_for_minutes_loses_no_change() {
    followed(Topology::Direct, async |world| {
        world.cut(GMS_A, GMS_B);
        let changed = change(world, 3).await;
        world.advance(Duration::from_secs(120)).await;
        world.network().mend();
        world.advance(Duration::from_secs(70)).await;
        assert_eq!(world.stored(Home::Partner).await, Some(changed));
    });
}
