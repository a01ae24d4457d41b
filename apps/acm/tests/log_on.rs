//! TS 23.280 10.17.3.1: who is logged on, by registration or by publication (TS 24.379 7.3), and is notified of what waits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use bytes::BytesMut;
use kit::testing::arrival;
use sip::{Message, Method, Name, Request};
use systems::*;
use xml_schemas::{
    acm::{GroupInformationProvisionRequest as Provision, PendingDataNotification},
    mime,
};

/// A PUBLISH as the SIP core lets it in: its status, and the entity tag that the publication has from then on.
fn publishes(world: &World, name: &str, tag: Option<&str>, expires: u32, event: &str) -> (u16, String) {
    let request = Request::new(Method::Publish, "sip:acm_psi@b.example")
        .header(Name::From, format!("<sip:{name}.imsi@b.example>;tag=1"))
        .header(Name::To, "<sip:acm_psi@b.example>")
        .header(Name::CallId, "c")
        .header(Name::CSeq, "1 PUBLISH")
        .header(Name::Event, event)
        .header(Name::Expires, expires.to_string())
        .header(Name::PAssertedIdentity, format!("<sip:{name}.imsi@b.example>"));
    let request = match tag {
        Some(tag) => request.header(Name::SipIfMatch, tag),
        None => request.body(mime::POC_SETTINGS, bytes::Bytes::from_static(b"<poc-settings/>")),
    };
    let mut out = BytesMut::new();
    request.print(b"SIP/2.0/TLS x;branch=z9hG4bK1", &mut out);
    let message = Message::parse(out.freeze(), &sip::Limits::STREAM).unwrap();
    let answer = world
        .lab
        .deliver_message(&*world.systems[B].service(), &message, arrival("inner", &core(B)))
        .unwrap();
    let tag = answer.header(Name::SipEtag).map(|tag| String::from_utf8_lossy(tag).into_owned());
    (answer.status().unwrap(), tag.unwrap_or_default())
}

fn settings(world: &World, tag: Option<&str>, expires: u32) -> (u16, String) {
    publishes(world, DECIDER, tag, expires, "poc-settings")
}

fn notified(world: &World) -> usize {
    world.told::<PendingDataNotification>(B).len()
}

#[test]
fn whoever_publishes_is_logged_on_for_as_long_as_his_publication_lasts() {
    let world = World::new();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let (status, tag) = settings(&world, None, 600);
    assert_eq!((status, notified(&world)), (200, 1));
    world.says(A, ASKER, &provision("r-2"));
    world.lab.run();
    assert_eq!(world.told::<Provision>(B).len(), 2, "he is told at once, and what waited before it");
    world.seconds(500);
    let (status, renewed) = settings(&world, Some(&tag), 600);
    assert_eq!(status, 200);
    assert_ne!(renewed, tag);
    world.seconds(500);
    world.says(A, ASKER, &provision("r-3"));
    world.lab.run();
    assert_eq!(world.told::<Provision>(B).len(), 3, "it goes on");
    world.seconds(200);
    world.says(A, ASKER, &provision("r-4"));
    world.lab.run();
    assert_eq!(world.told::<Provision>(B).len(), 3, "it has ended");
}

#[test]
fn a_publication_is_renewed_and_ended_by_its_entity_tag_alone() {
    let world = World::new();
    let (_, tag) = settings(&world, None, 600);
    assert_eq!(settings(&world, Some("another"), 600).0, 412);
    assert_eq!(settings(&world, Some("another"), 0).0, 412);
    assert_eq!(settings(&world, Some(&tag), 0).0, 200);
    assert_eq!(settings(&world, Some(&tag), 600).0, 412, "it is over");
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    assert!(world.told::<Provision>(B).is_empty());
}

#[test]
fn whoever_ends_his_publication_and_is_registered_stays_and_whoever_registers_no_more_goes() {
    let world = World::new();
    world.logs_on(B, DECIDER);
    let (_, tag) = settings(&world, None, 600);
    settings(&world, Some(&tag), 0);
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    assert_eq!(world.told::<Provision>(B).len(), 1);
    settings(&world, None, 600);
    world.logs_off(B, DECIDER);
    world.says(A, ASKER, &provision("r-2"));
    world.lab.run();
    assert_eq!(world.told::<Provision>(B).len(), 1, "nobody is there");
}

#[test]
fn a_publication_lasts_over_a_restart_and_is_of_users_of_ours_and_of_settings_alone() {
    let world = World::new();
    settings(&world, None, 86_400);
    world.clients(B, false);
    world.says(A, ASKER, &provision("r-1"));
    world.seconds(1);
    let world = world.restart(std::time::Duration::from_secs(60));
    assert_eq!(world.told::<Provision>(B).len(), 1);
    assert_eq!(publishes(&world, "nobody", None, 600, "poc-settings").0, 404);
    assert_eq!(publishes(&world, DECIDER, None, 600, "presence").0, 489);
}

#[test]
fn step_7a_is_tried_again_where_the_client_did_not_hear_it() {
    let world = World::new();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    world.clients(B, false);
    world.logs_on(B, DECIDER);
    world.lab.run();
    let told = || world.told::<PendingDataNotification>(B).len();
    assert_eq!(told(), 1);
    world.clients(B, true);
    world.seconds(3);
    assert_eq!(told(), 2);
    world.seconds(120);
    assert_eq!(told(), 2, "he has heard it");
}
