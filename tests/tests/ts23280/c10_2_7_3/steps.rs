//! Step by step, through gateways and without; the whole as a ladder.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use mcx_tests::{Home, Setup, Topology, TwoSystems, ladder};

use super::CLAUSE;
use crate::{GATEWAY_A, GATEWAY_B, GMS_A, GMS_B, MCS_B, groups::adapted};

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

/// The same by way of a profile: it names the group, and the MC service server subscribes and asks.
fn named(setup: Setup, test: impl AsyncFnOnce(&mut TwoSystems)) {
    setup.profiles().on_request().run(async |world| {
        let fire = world.fire();
        assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
        world.quiet().await;
        world.recording().ladder().clear();
        world.name_group(Home::Partner, crate::BOB).await;
        world.quiet().await;
        test(world).await;
    });
}

fn drawn(setup: Setup, name: &'static str) {
    named(setup, async |world| ladder::is_golden(name, &world.ladder()));
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
        named(TwoSystems::new().topology(topology), async |world| {
            let expected =
                [(MCS_B, 1), (GMS_B, 2), (GMS_A, 3), (GMS_B, 4), (GMS_B, 5), (GMS_B, 6), (MCS_B, 6)];
            let steps = world.steps(CLAUSE);
            let steps = steps.iter().map(|(who, step)| (who.as_str(), *step));
            // It asks by its subscription, and gets the group when it is told of it.
            let (gets, steps): (Vec<_>, Vec<_>) = steps.partition(|step| *step == (GMS_B, 1));
            assert_eq!(steps, expected);
            assert!(!gets.is_empty());
        });
    }
}

#[test]
fn steps_1_to_5_who_asks_and_has_not_subscribed_is_answered_and_nobody_notified() {
    for topology in [Topology::Hidden, Topology::Open, Topology::Direct] {
        requested(TwoSystems::new().topology(topology), async |world, answer| {
            let expected = [(GMS_B, 1), (GMS_B, 2), (GMS_A, 3), (GMS_B, 4), (GMS_B, 5)];
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

#[test]
fn a_group_that_a_profile_names_is_requested_and_its_server_notified() {
    named(TwoSystems::new(), async |world| {
        assert_eq!(world.stored(Home::Partner).await, Some(adapted(&world.fire())));
        let held = world.service(Home::Partner).groups();
        assert!(held.iter().any(|held| held.id == world.group() && held.configuration.is_some()), "{held:?}");
    });
}

#[test]
fn the_group_entries_of_a_members_profile_name_the_own_server() {
    TwoSystems::new().profiles().on_request().run(async |world| {
        world.name_group(Home::Partner, crate::BOB).await;
        world.advance(std::time::Duration::from_secs(5)).await;
        let profile = world.profile_of(Home::Partner, crate::BOB).await;
        assert!(profile.contains("sip:gms_psi@partner.example"), "{profile}");
    });
}

#[test]
fn note_1_the_primarys_gateway_routes_by_the_group() {
    let setup = TwoSystems::new().on_request().second_groups(Home::Primary, "sip:flood-*");
    setup.run(async |world| {
        let second = world.play_second_groups(Home::Primary);
        let fire = world.fire();
        let flood = "/org.openmobilealliance.groups/global/byGroupID/sip:flood-1@primary.example";
        let told = fire.replace("sip:fire@", "sip:flood-1@");
        let body = Bytes::from(told.clone());
        second.answer(move |_| {
            let told =
                Response::builder().header(http::header::CONTENT_TYPE, "application/vnd.oma.poc.groups+xml");
            told.header(http::header::ETAG, "\"1\"").body(body.clone()).expect("valid")
        });
        let server = world.asking_server(Home::Partner);
        let answer = server.send(Method::GET, flood, Bytes::new()).await.unwrap();
        assert_eq!((answer.status(), answer.body()), (StatusCode::OK, &told.replace(">7<", ">5<").into()));
        let asked = second.requests();
        let asked: Vec<_> =
            asked.iter().map(|request| (request.method().as_str(), request.uri().path())).collect();
        assert_eq!(asked, [("GET", flood)]);
    });
}
