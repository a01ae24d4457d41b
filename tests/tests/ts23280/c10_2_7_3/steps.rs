//! Step by step, through gateways and without; the whole as a ladder.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use mcx_tests::{Home, Setup, Topology, TwoSystems, ladder};

use super::CLAUSE;
use crate::{GATEWAY_A, GATEWAY_B, GMS_A, GMS_B, groups::adapted};

pub(super) async fn ask(world: &mut TwoSystems) -> Response<Bytes> {
    let (server, path) = (world.asking_server(Home::Partner), world.group_path());
    server.send(Method::GET, &path, Bytes::new()).await.unwrap()
}

/// The group is defined at the primary; an MC service server of the partner asks for it.
fn requested(setup: Setup, test: impl AsyncFnOnce(&mut TwoSystems, Response<Bytes>)) {
    setup.on_request().run(async |world| {
        let fire = world.fire();
        assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
        world.quiet().await;
        world.recording().ladder().clear();
        let answer = ask(world).await;
        world.quiet().await;
        test(world, answer).await;
    });
}

fn drawn(setup: Setup, name: &'static str) {
    requested(setup, async |world, _| ladder::is_golden(name, &world.ladder()));
}

#[test]
fn ladder_of_a_requested_group_through_gateways_that_hide() {
    drawn(TwoSystems::new(), "group_request_hidden");
}

#[test]
fn ladder_of_a_requested_group_through_gateways_that_do_not_hide() {
    drawn(TwoSystems::new().topology(Topology::Open), "group_request_open");
}

#[test]
fn ladder_of_a_requested_group_server_to_server() {
    drawn(TwoSystems::new().topology(Topology::Direct), "group_request_direct");
}

#[test]
fn steps_1_to_6_a_group_is_requested_in_order() {
    for topology in [Topology::Hidden, Topology::Open, Topology::Direct] {
        requested(TwoSystems::new().topology(topology), async |world, answer| {
            let expected = [(GMS_B, 1), (GMS_B, 2), (GMS_A, 3), (GMS_B, 4), (GMS_B, 5), (GMS_B, 6)];
            let steps = world.steps(CLAUSE);
            let steps: Vec<(&str, u8)> = steps.iter().map(|(who, step)| (who.as_str(), *step)).collect();
            assert_eq!(steps, expected);
            let stored = adapted(&world.fire());
            assert_eq!((answer.status(), answer.body()), (StatusCode::OK, &stored.clone().into()));
            assert_eq!(world.stored(Home::Partner).await, Some(stored));
        });
    }
}

#[test]
fn step_3_the_primary_tells_what_its_policy_makes_of_the_group() {
    requested(TwoSystems::new(), async |world, _| {
        let offered = world.offered(Home::Partner).await.expect("was told");
        assert!(!offered.contains("alice@primary.example") && offered.contains("bob@partner.example"));
        assert!(offered.contains(">7</mcpttgi:on-network-group-priority>"), "{offered}");
    });
}

#[test]
fn step_1_what_is_stored_is_answered_without_the_primary() {
    requested(TwoSystems::new(), async |world, _| {
        world.cut(GATEWAY_A, GATEWAY_B);
        world.recording().ladder().clear();
        let again = ask(world).await;
        assert_eq!(again.status(), StatusCode::OK);
        assert_eq!(world.steps(CLAUSE), [(GMS_B.to_owned(), 1)]);
    });
}

#[test]
fn note_2_a_member_finds_the_requested_group_at_its_own_system() {
    requested(TwoSystems::new(), async |world, _| {
        let (bob, path) = (world.group_client(Home::Partner, crate::BOB), world.group_path());
        let found = bob.send(Method::GET, &path, Bytes::new()).await.unwrap();
        assert_eq!((found.status(), found.body()), (StatusCode::OK, &adapted(&world.fire()).into()));
    });
}
