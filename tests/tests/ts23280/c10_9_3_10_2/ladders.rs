//! The whole procedure as a ladder, held to `tests/ladders`.

use mcx_tests::{Home, Setup, Topology, TwoSystems, flows, ladder};

use crate::{ALICE, BOB, CAROL, DAVE, ERIN};

fn drawn(setup: Setup, name: &'static str, targets: &'static [&'static str]) {
    setup.run(async |world| {
        world.ask("alice", targets).await.unwrap();
        world.quiet().await;
        ladder::is_golden(name, &world.ladder());
    });
}

#[test]
fn ladder_through_gateways_that_hide() {
    drawn(TwoSystems::new(), "location_hidden", &[BOB]);
}

#[test]
fn ladder_through_gateways_that_do_not_hide() {
    drawn(TwoSystems::new().topology(Topology::Open), "location_open", &[BOB]);
}

#[test]
fn ladder_server_to_server() {
    drawn(TwoSystems::new().topology(Topology::Direct), "location_direct", &[BOB]);
}

#[test]
fn ladder_of_partial_results() {
    let targets = &[BOB, CAROL, ERIN, DAVE, "sip:nobody@partner.example", "sip:zoe@elsewhere.example"];
    drawn(TwoSystems::new(), "location_partial", targets);
}

#[test]
fn ladder_for_an_mc_service_server() {
    TwoSystems::new().run(async |world| {
        let server = world.service(Home::Primary);
        server.locate(&flows::user(ALICE), flows::users(&[BOB]), true).await.unwrap();
        world.quiet().await;
        ladder::is_golden("location_service", &world.ladder());
    });
}
