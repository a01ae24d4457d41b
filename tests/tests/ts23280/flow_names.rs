//! A procedure over two systems has one name in both: the `request-id`, and over HTTP a field that the edge carries.

use std::collections::BTreeSet;

use http::StatusCode;
use mcx_tests::{Home, Topology, TwoSystems};
use wire::Kind;

use crate::{BOB, GATEWAY_A, GATEWAY_B, GMS_A, GMS_B, LMS_A, LMS_B};

/// The flows in which these took these steps of the clause: one, if all is well.
fn flows(world: &TwoSystems, clause: &str, steps: &[(&str, u8)]) -> BTreeSet<String> {
    let entries = world.recording().ladder().entries();
    let of = |(who, step): &(&str, u8)| {
        let is_it = |kind: &Kind| matches!(kind, Kind::Step { clause: of, number, .. } if *of == clause && number == step);
        let found = entries.iter().find(|entry| *entry.entity == **who && is_it(&entry.kind));
        found.unwrap_or_else(|| panic!("{who} took no step {step} of {clause}")).flow.clone()
    };
    steps.iter().map(of).collect()
}

fn is_one(flows: &BTreeSet<String>) {
    assert!(flows.len() == 1 && flows.iter().all(|flow| !flow.is_empty()), "{flows:?}");
}

#[test]
fn a_location_request_has_one_name_at_both_servers_and_both_gateways() {
    for topology in [Topology::Hidden, Topology::Open, Topology::Direct] {
        TwoSystems::new().topology(topology).run(async |world| {
            world.ask("alice", &[BOB]).await.unwrap();
            let mut steps = vec![(LMS_A, 1), (LMS_A, 3), (LMS_B, 4), (LMS_B, 6), (LMS_A, 7), ("alice", 1)];
            if topology != Topology::Direct {
                steps.extend([(GATEWAY_A, 3), (GATEWAY_B, 3), (GATEWAY_B, 6), (GATEWAY_A, 6)]);
            }
            is_one(&flows(world, "10.9.3.10.2", &steps));
        });
    }
}

#[test]
fn a_group_that_is_provided_has_one_name_at_both_servers() {
    for topology in [Topology::Hidden, Topology::Open, Topology::Direct] {
        TwoSystems::new().topology(topology).run(async |world| {
            let fire = world.fire();
            assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
            world.quiet().await;
            is_one(&flows(world, "10.2.7.2", &[(GMS_A, 1), (GMS_B, 2), (GMS_B, 3), (GMS_B, 5)]));
        });
    }
}

#[test]
fn a_group_that_is_requested_has_one_name_at_both_servers() {
    for topology in [Topology::Hidden, Topology::Open, Topology::Direct] {
        TwoSystems::new().topology(topology).profiles().on_request().run(async |world| {
            let fire = world.fire();
            assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
            world.quiet().await;
            world.recording().ladder().clear();
            world.name_group(Home::Partner, BOB).await;
            world.quiet().await;
            is_one(&flows(world, "10.2.7.3", &[(GMS_B, 2), (GMS_A, 3), (GMS_B, 4), (GMS_B, 5)]));
        });
    }
}
