//! TS 23.280 10.9.3.10.1: the location management servers of two systems talk directly, without gateways.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::sync::Arc;

use kit::{
    Cause, Partner,
    partner::Way,
    testing::{End, arrival, hop},
};
use two_servers::{World, codes, open, partner};

const REQUEST: &str = "location-information-request";
const REPORT: &str = "location-information-report";

/// A partner whose server is reached directly, and which is known by its own certificate.
fn direct(name: &str, inbound: &[&str], outbound: &[&str]) -> Partner {
    Partner {
        way: Way::Direct,
        identities: vec![format!("lms1.{name}").into()],
        inbound: inbound.iter().copied().collect(),
        outbound: outbound.iter().copied().collect(),
        hop: Some(hop(&format!("lms1.{name}"))),
        ..partner(name, "")
    }
}

fn world(a_to_b: Partner, b_to_a: Partner) -> World {
    let (mut a, mut b) = (open(&["alice@a.example"]), open(&["bob@b.example"]));
    (a.border, b.border) = (vec!["border".into()], vec!["border".into()]);
    let world = World::with_partners(a, b, a_to_b, b_to_a);
    for (from, to) in [("a.example", "b.example"), ("b.example", "a.example")] {
        let end = End::Service {
            service: Arc::new(world.servers[to].clone()),
            arrival: arrival("border", &format!("lms1.{from}")),
            asserted: Some("sip:anything@c.example".into()),
        };
        world.lab.connect(&format!("lms1.core.{from}"), &format!("lms1.{to}"), end);
    }
    world
}

#[test]
fn step_3_reaches_the_partner_directly_and_its_certificate_says_who_it_is() {
    let a_to_b = direct("b.example", &[REPORT], &[REQUEST]);
    let b_to_a = direct("a.example", &[REQUEST], &[REPORT]);
    let world = world(a_to_b, b_to_a);
    world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
    assert_eq!(codes(&world.report("alice@a.example")), [None]);
}

#[test]
fn without_gateways_the_servers_enforce_the_agreement_in_both_directions() {
    let all = [REQUEST, REPORT];
    let cases = [
        (direct("b.example", &all, &[]), direct("a.example", &all, &all)),
        (direct("b.example", &all, &all), direct("a.example", &[], &all)),
    ];
    for (a_to_b, b_to_a) in cases {
        let world = world(a_to_b, b_to_a);
        world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
        assert_eq!(codes(&world.report("alice@a.example")), [Some(Cause::NotPermitted.code())]);
        assert!(world.client_of("bob@b.example").asked.lock().expect("lock").is_empty());
    }
}

#[test]
fn an_assertion_from_outside_says_nothing_at_the_border() {
    let all = [REQUEST, REPORT];
    let world = world(direct("b.example", &all, &all), direct("a.example", &all, &all));
    let request = world.request("alice@a.example", &["bob@b.example"]);
    let stranger = arrival("border", "lms1.c.example");
    let answer = world.deliver("b.example", &request, stranger, "sip:mcgw@a.example").expect("answered");
    assert_eq!(Cause::from_response(&answer), Cause::UnknownPartner);
    let own_gateway_by_name = arrival("border", "mcgw.b.example");
    let answer =
        world.deliver("b.example", &request, own_gateway_by_name, "sip:mcgw@a.example").expect("answered");
    assert_eq!(Cause::from_response(&answer), Cause::UnknownPartner);
}
