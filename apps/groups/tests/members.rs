//! The record of who is in which group: made with each change of a document, used when a member has gone to another MC system or is
//! back (TS 23.280 10.6.3).

#![allow(clippy::expect_used, reason = "helpers of tests fail loudly")]

mod two_servers;

use kit::{
    carriage::{self, Envelope},
    testing::{End, arrival},
};
use store::Batch;
use two_servers::{A, B, From, World, group, path};
use xml_schemas::{
    body::interconnection_info::McService,
    flow::Carriage,
    ids::{McServiceId, Psi, RequestId},
    migration::{MigrationChanged, Place, Whereabouts, WhereaboutsRequest},
};

const ALICE: &str = "sip:alice@a.example";
const DAVE: &str = "sip:dave@a.example";
const MCS: &str = "mcs1.core.a.example";
const ADMIN: From<'static> = From::User("sip:admin@a.example");

fn id(number: usize) -> String {
    format!("sip:g{number}@a.example")
}

fn define(world: &World, number: usize, members: &[&str]) {
    world.define(&id(number), &group(&id(number), members, 5));
}

/// A flow as the MC service server sends it.
fn says<F: Carriage>(world: &World, flow: &F) -> Option<u16> {
    let (psi, ids) = (Psi::new("sip:mcptt_psi@a.example").expect("valid"), world.lab.world(MCS).ids);
    let envelope = Envelope { uri: "sip:gms_psi@a.example", own: &psi, asserts: true, ids: &*ids };
    let request = carriage::compose(&envelope, &flow.split()).expect("composed");
    let answer = world.lab.deliver(&world.servers[A].entity, &request, arrival("inner", MCS));
    answer.and_then(|answer| answer.status())
}

/// The MC service server says that alice has gone to B; asked where she is, it says so.
fn leaves(world: &World, notice: &str) {
    world.lab.connect("gms1.core.a.example", MCS, End::Response(sip::Response::new(200)));
    let alice = McServiceId::new(ALICE).expect("valid");
    let request_id = RequestId::new(notice).expect("valid");
    says(world, &MigrationChanged { request_id, service: McService::Mcptt, users: vec![alice.clone()] });
    let asked = world.lab.sent(MCS).pop().expect("asks where she is");
    let asked = WhereaboutsRequest::join(&carriage::parts(&asked).expect("parts")).expect("the question");
    let there = McServiceId::new(&format!("sip:{notice}@b.example")).expect("valid");
    let answer = Whereabouts {
        request_id: asked.request_id,
        service: McService::Mcptt,
        places: vec![Place { primary: alice, partner: Some(there) }],
    };
    assert_eq!(says(world, &answer), Some(200));
}

/// Which of so many groups B has: it is told of those of which somebody is a member there.
fn provided(world: &World, groups: usize) -> Vec<usize> {
    (0..groups).filter(|number| world.seen(B, &id(*number)).is_some()).collect()
}

fn records(world: &World) -> Vec<String> {
    world.kept(A, groups::keys::MEMBER).into_iter().map(|(key, _)| key).collect()
}

fn record(member: &str, number: usize) -> String {
    format!("gms/member/{member}/{}", id(number))
}

#[test]
fn c10_6_3_of_a_thousand_groups_those_of_a_member_who_has_gone_are_read_and_no_others() {
    let world = World::new();
    for number in 0..1000 {
        define(&world, number, if number % 500 == 7 { &[ALICE, DAVE] } else { &[DAVE] });
    }
    world.wait(2);
    assert!(provided(&world, 1000).is_empty());
    let before = world.servers[A].switch.records();
    leaves(&world, "away");
    let read = world.servers[A].switch.records() - before;
    assert_eq!(provided(&world, 1000), [7, 507]);
    assert!(read < 100, "{read} records were read");
}

#[test]
fn who_is_a_member_is_recorded_with_each_change_of_a_document() {
    let world = World::new();
    define(&world, 1, &[ALICE]);
    define(&world, 2, &["sip:Dave@A.example", "tel:+34911"]);
    let dave = |number| record("sip:Dave@a.example", number);
    assert_eq!(records(&world), [dave(2), record(ALICE, 1), record("tel:+34911", 2)]);

    define(&world, 1, &[ALICE, DAVE]);
    assert_eq!(records(&world).len(), 4);
    let entry = format!("{}/~~/group/list-service/list/entry%5B@uri=%22{ALICE}%22%5D", path(&id(1)));
    let removed = world.send(A, ADMIN, world.request(http::Method::DELETE, &entry, ADMIN, ""));
    assert!(removed.status().is_success(), "{removed:?}");
    assert_eq!(records(&world), [dave(2), record(DAVE, 1), record("tel:+34911", 2)]);

    let put = format!("{}/~~/group/list-service/display-name", path(&id(2)));
    let mut named = world.request(http::Method::PUT, &put, ADMIN, "<display-name>Flood</display-name>");
    named.headers_mut().insert("content-type", "application/xcap-el+xml".parse().expect("valid"));
    assert!(world.send(A, ADMIN, named).status().is_success());
    assert_eq!(records(&world).len(), 3, "of whatever else changes nothing is recorded");

    assert!(world.delete(A, ADMIN, &id(2)).status().is_success());
    assert_eq!(records(&world), [record(DAVE, 1)]);
    world.wait(2);
    leaves(&world, "away");
    assert!(provided(&world, 3).is_empty(), "she is in none any more");
}

/// As a store of an earlier release holds it: without any record.
fn without_records(world: &World) -> Batch {
    let gone = records(world).into_iter().chain([groups::keys::MEMBERS.to_owned()]);
    gone.fold(Batch::new(), Batch::delete)
}

#[test]
fn a_store_of_an_earlier_release_gets_its_records_once() {
    let mut world = World::new();
    for number in 0..300 {
        define(&world, number, &[ALICE, DAVE]);
    }
    world.wait(2);
    let made = records(&world);
    assert_eq!(made.len(), 600);
    world.commit(A, without_records(&world));
    assert!(records(&world).is_empty());
    world.begin(A);
    assert_eq!(records(&world), made);

    let before = world.servers[A].switch.records();
    world.begin(A);
    let again = world.servers[A].switch.records();
    assert!(again < 30 && before > 300, "{before}, then {again}");
}

#[test]
fn until_the_records_are_complete_all_documents_are_looked_through() {
    let world = World::new();
    define(&world, 1, &[ALICE]);
    define(&world, 2, &[DAVE]);
    world.wait(2);
    world.commit(A, without_records(&world));
    leaves(&world, "away");
    assert_eq!(provided(&world, 3), [1]);
}

#[test]
fn a_document_that_changes_while_records_are_made_is_read_again() {
    let mut world = World::new();
    define(&world, 1, &[ALICE]);
    define(&world, 2, &[DAVE]);
    world.commit(A, without_records(&world));
    let key =
        world.gms(A).documents().keys().document(&groups::GroupId::new(&id(1)).expect("valid").target());
    // Its writer records that dave has taken the place of alice, as the difference to what was there.
    let rival = Batch::new().put(key, group(&id(1), &[DAVE], 5)).put(record(DAVE, 1), id(1));
    world.begin_overtaken(A, "gms/member/", rival.delete(record(ALICE, 1)));
    assert_eq!(records(&world), [record(DAVE, 1), record(DAVE, 2)]);
}
