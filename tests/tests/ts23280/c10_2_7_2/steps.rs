//! Step by step, through gateways and without; the whole as a ladder.

use http::{Method, StatusCode};
use mcx_tests::{Home, Setup, Topology, TwoSystems, ladder};

use super::CLAUSE;
use crate::{GMS_A, GMS_B, groups::adapted};

/// The group is defined at the primary and provided.
fn provided(setup: Setup, test: impl AsyncFnOnce(&mut TwoSystems)) {
    setup.run(async |world| {
        let fire = world.fire();
        assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
        world.quiet().await;
        test(world).await;
    });
}

/// The same, where the MC service server of the partner awaits the group: a profile there names it.
fn awaited(setup: Setup, test: impl AsyncFnOnce(&mut TwoSystems)) {
    setup.profiles().run(async |world| {
        world.name_group(Home::Partner, crate::BOB).await;
        world.quiet().await;
        world.recording().ladder().clear();
        let fire = world.fire();
        assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
        world.quiet().await;
        test(world).await;
    });
}

fn drawn(setup: Setup, name: &'static str) {
    awaited(setup, async |world| ladder::is_golden(name, &world.ladder()));
}

#[test]
fn ladder_of_a_provided_group_through_gateways_that_hide() {
    drawn(TwoSystems::new(), "group_provide_hidden");
}

#[test]
fn ladder_of_a_provided_group_through_gateways_that_do_not_hide() {
    drawn(TwoSystems::new().topology(Topology::Open), "group_provide_open");
}

#[test]
fn ladder_of_a_provided_group_server_to_server() {
    drawn(TwoSystems::new().topology(Topology::Direct), "group_provide_direct");
}

#[test]
fn steps_1_to_5_a_group_is_provided_in_order() {
    for topology in [Topology::Hidden, Topology::Open, Topology::Direct] {
        awaited(TwoSystems::new().topology(topology), async |world| {
            // Nobody who provides waits until others are notified.
            let expected = [(GMS_A, 1), (GMS_B, 2), (GMS_B, 3), (GMS_B, 5), (GMS_B, 4), (crate::MCS_B, 4)];
            let steps = world.steps(CLAUSE);
            let steps: Vec<(&str, u8)> = steps.iter().map(|(who, step)| (who.as_str(), *step)).collect();
            assert_eq!(steps, expected);
        });
    }
}

#[test]
fn step_1_what_leaves_the_primary_is_what_its_policy_makes_of_the_group() {
    provided(TwoSystems::new(), async |world| {
        let offered = world.offered(Home::Partner).await.expect("was provided");
        assert!(!offered.contains("alice@primary.example") && offered.contains("bob@partner.example"));
        assert!(offered.contains(">7</mcpttgi:on-network-group-priority>"), "{offered}");
        assert_eq!(world.stored(Home::Primary).await, Some(world.fire()), "its own stays as it was");
    });
}

#[test]
fn steps_2_and_3_the_partner_stores_what_its_policy_makes_of_it() {
    for topology in [Topology::Hidden, Topology::Open, Topology::Direct] {
        provided(TwoSystems::new().topology(topology), async |world| {
            assert_eq!(world.stored(Home::Partner).await, Some(adapted(&world.fire())));
        });
    }
}

#[test]
fn step_4_need_not_be() {
    let setup = TwoSystems::new().with(Home::Partner, |config| {
        config.set("groups.notify-provided", false);
    });
    awaited(setup, async |world| {
        assert!(world.steps(CLAUSE).iter().all(|(_, step)| *step != 4));
        assert_eq!(world.stored(Home::Partner).await, Some(adapted(&world.fire())));
    });
}

#[test]
fn step_4_is_none_where_nobody_has_subscribed() {
    provided(TwoSystems::new(), async |world| {
        let steps: Vec<u8> = world.steps(CLAUSE).into_iter().map(|(_, step)| step).collect();
        assert_eq!(steps, [1, 2, 3, 5]);
    });
}

#[test]
fn note_2_a_member_finds_the_group_at_its_own_system() {
    provided(TwoSystems::new(), async |world| {
        let (bob, path) = (world.group_client(Home::Partner, crate::BOB), world.group_path());
        let found = bob.send(Method::GET, &path, bytes::Bytes::new()).await.unwrap();
        let expected = adapted(&world.fire());
        assert_eq!((found.status(), found.body()), (StatusCode::OK, &expected.into()));
        let zoe = world.group_client(Home::Partner, "sip:zoe@partner.example");
        let refused = zoe.send(Method::GET, &path, bytes::Bytes::new()).await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    });
}

#[test]
fn a_change_at_the_primary_follows() {
    provided(TwoSystems::new(), async |world| {
        let changed = world.fire().replace(">7<", ">3<");
        assert_eq!(world.define(&changed).await.unwrap().status(), StatusCode::OK);
        world.quiet().await;
        assert_eq!(world.stored(Home::Partner).await, Some(adapted(&changed)));
    });
}

#[test]
fn a_group_that_is_deleted_at_the_primary_is_withdrawn() {
    provided(TwoSystems::new(), async |world| {
        let (administrator, path) = (world.administrator(Home::Primary), world.group_path());
        let deleted = administrator.send(Method::DELETE, &path, bytes::Bytes::new()).await.unwrap();
        assert!(deleted.status().is_success());
        world.quiet().await;
        assert_eq!((world.stored(Home::Partner).await, world.offered(Home::Partner).await), (None, None));
    });
}

#[test]
fn step_4_an_mc_service_server_that_waits_is_notified() {
    TwoSystems::new().profiles().run(async |world| {
        world.name_group(Home::Partner, crate::BOB).await;
        world.quiet().await;
        world.recording().ladder().clear();
        let fire = world.fire();
        world.define(&fire).await.unwrap();
        world.quiet().await;
        let steps = world.steps(CLAUSE);
        assert!(steps.contains(&(crate::MCS_B.to_owned(), 4)), "{steps:?}");
        let held = world.service(Home::Partner).groups();
        assert!(held.iter().any(|held| held.id == world.group() && held.configuration.is_some()), "{held:?}");
    });
}

#[test]
fn note_1_the_partners_gateway_routes_by_the_group() {
    let setup = TwoSystems::new().second_groups(Home::Partner, "sip:flood-*");
    setup.run(async |world| {
        let second = world.play_second_groups(Home::Partner);
        let fire = world.fire();
        world.define(&fire).await.unwrap();
        let flood = "/org.openmobilealliance.groups/global/byGroupID/sip:flood-1@primary.example";
        let body = fire.replace("sip:fire@", "sip:flood-1@").into();
        let administrator = world.administrator(Home::Primary);
        assert_eq!(administrator.send(Method::PUT, flood, body).await.unwrap().status(), StatusCode::CREATED);
        world.quiet().await;
        assert_eq!(world.stored(Home::Partner).await, Some(adapted(&fire)));
        let asked = second.requests();
        let asked: Vec<_> =
            asked.iter().map(|request| (request.method().as_str(), request.uri().path())).collect();
        assert_eq!(asked, [("PUT", flood)]);
    });
}
